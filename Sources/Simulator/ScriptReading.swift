import BatchCore

extension SimulatorScript {
    /// Reads a script file:
    ///
    /// ```json
    /// {"latency_ms": 5, "latency_per_token_ms": 1, "rules": [
    ///   {"first": 1, "each_body": true, "status": 503, "retry_after": "1"},
    ///   {"match": "weather", "every": 10, "content": "I cannot help with that."},
    ///   {"url": "/v1/embeddings", "times": 3, "hang": true}
    /// ]}
    /// ```
    /// - Throws: the first thing that is wrong, and where.
    package init(parsing text: [UInt8]) throws(ScriptError) {
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONValue(parsing: text)
        } catch {
            let before = text[..<min(error.offset, text.count)]
            let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
            throw .notJSON(
                line: before.count { $0 == UInt8(ascii: "\n") } + 1, column: error.offset - lineStart + 1,
                reason: error.reason)
        }
        let script = try ScriptObject(value, at: "", knowing: ["rules", "latency_ms", "latency_per_token_ms"])
        self.init()
        latency = try script.milliseconds("latency_ms")
        latencyPerToken = try script.milliseconds("latency_per_token_ms")
        for (index, rule) in (try script.member("rules", "an array") { $0.array } ?? []).enumerated() {
            rules.append(try SimulatorRule(reading: rule, at: "rules[\(index)]"))
        }
    }
}

extension SimulatorRule {
    static let keys = [
        "match", "url", "every", "first", "times", "each_body", "status", "retry_after", "delay_ms", "finish_reason",
        "content", "usage", "body", "headers", "cut", "drop", "hang",
    ]

    init(reading value: JSONValue, at place: String) throws(ScriptError) {
        let rule = try ScriptObject(value, at: place, knowing: Self.keys)
        self.init()
        match = try rule.string("match")
        url = try rule.string("url")
        every = try rule.count("every", in: 1...Int.max)
        first = try rule.count("first", in: 1...Int.max)
        times = try rule.count("times", in: 1...Int.max)
        eachBody = try rule.flag("each_body")
        // 1xx is no answer, and 204 and 304 have no body (RFC 9110, section 15): a client would wait for the real one.
        status = try rule.member("status", "an integer from 200 to 599, not 204 or 304", Self.status) ?? 200
        retryAfter = try rule.member("retry_after", "a string without line ends", Self.headerValue)
        delay = try rule.milliseconds("delay_ms")
        finishReason = try rule.string("finish_reason")
        content = try rule.member("content", "a string or null", Content.init) ?? .chosen
        usage = try rule.member("usage", "an object, \"missing\" or \"zero\"", Usage.init) ?? .counted
        body = try rule.string("body")
        headers = try rule.member("headers", "an object of header names and strings", Self.headers) ?? []
        ending = try Self.ending(rule, at: place)
    }

    private static func status(_ value: JSONValue) -> Int? {
        value.int.flatMap { 200...599 ~= $0 && $0 != 204 && $0 != 304 ? $0 : nil }
    }

    private static func headerValue(_ value: JSONValue) -> String? {
        value.string.flatMap { text in text.utf8.contains { $0 < 0x20 } ? nil : text }
    }

    private static func headers(_ value: JSONValue) -> [SimulatedAnswer.Header]? {
        guard let members = value.members else { return nil }
        let headers = members.compactMap { member -> SimulatedAnswer.Header? in
            let isName = !member.name.isEmpty && member.name.utf8.allSatisfy { 0x21...0x7E ~= $0 && $0 != 0x3A }
            return isName ? headerValue(member.value).map { .init(member.name, $0) } : nil
        }
        return headers.count == members.count ? headers : nil
    }

    private static func ending(_ rule: ScriptObject, at place: String) throws(ScriptError) -> SimulatedAnswer.Ending {
        var wanted: [SimulatedAnswer.Ending] = []
        for ending in [SimulatedAnswer.Ending.cut, .drop, .hang] where try rule.flag(ending.rawValue) {
            wanted.append(ending)
        }
        guard wanted.count <= 1 else { throw .wrongValue(place: place, expected: "one of cut, drop and hang") }
        return wanted.first ?? .whole
    }
}

extension SimulatorRule.Content {
    fileprivate init?(_ value: JSONValue) {
        switch value {
        case .null: self = .null
        case .string(let text): self = .text(text)
        default: return nil
        }
    }
}

extension SimulatorRule.Usage {
    fileprivate init?(_ value: JSONValue) {
        switch value {
        case .string("missing"): self = .missing
        case .string("zero"): self = .zero
        case .object: self = .scripted(value)
        default: return nil
        }
    }
}
