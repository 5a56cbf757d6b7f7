/// Turns the body of a chat into one of /v1/messages, if nothing is lost by it: each member, and each member of a
/// message and of a tool, is translated, or is refused by its name. None is left out but where its value says the same
/// as its absence.
package struct ChatToMessages {
    /// What becomes of a member of the body.
    private enum Rule {
        case translated
        /// Nothing is said by these values, as they stand in JSON; others have no counterpart.
        case only([JSONValue])
    }

    private static let off: [JSONValue] = [.null, .bool(false)]
    private static let none: [JSONValue] = [.null]

    /// The members of a chat (OpenAI API reference, 2026). One that is not here is refused as well.
    private static let rules: [String: Rule] = [
        "model": .translated, "messages": .translated,
        "max_tokens": .translated, "max_completion_tokens": .translated,
        "temperature": .translated, "top_p": .translated, "stop": .translated,
        "tools": .translated, "tool_choice": .translated, "parallel_tool_calls": .translated,
        "user": .translated, "service_tier": .translated,
        "n": .only([.null, .number("1")]),
        "stream": .only(off), "store": .only(off), "logprobs": .only(off),
        "frequency_penalty": .only([.null, .number("0"), .number("0.0")]),
        "presence_penalty": .only([.null, .number("0"), .number("0.0")]),
        "top_logprobs": .only([.null, .number("0")]),
        "logit_bias": .only([.null, .object([])]), "metadata": .only([.null, .object([])]),
        "response_format": .only([
            .null, .object([JSONValue.Member(name: "type", value: .string("text"))]),
        ]),
        "modalities": .only([.null, .array([.string("text")])]),
        "functions": .only([.null, .array([])]), "function_call": .only(none),
        "seed": .only(none), "stream_options": .only(none), "reasoning_effort": .only(none),
        "verbosity": .only(none), "prediction": .only(none), "audio": .only(none),
        "web_search_options": .only(none), "prompt_cache_key": .only(none),
        "prompt_cache_retention": .only(none), "safety_identifier": .only(none),
    ]

    /// Names of all members that are known, for whoever wants to see that none is forgotten.
    static var knownMembers: Set<String> { Set(rules.keys) }

    private let body: JSONValue

    /// - Parameter body: of a chat, a JSON object.
    package init(_ body: JSONValue) {
        self.body = body
    }

    /// - Parameters:
    ///   - model: the name that goes out.
    ///   - maxTokens: the limit where the body states none.
    /// - Throws: `untranslatable`, with the name of what has no counterpart.
    package func translated(for model: String, maxTokens: Int) throws(LineRefusal) -> [UInt8] {
        try refuseWhatIsLost()
        let limit = try limit() ?? .number(String(maxTokens))
        let conversation = try ChatMessages(body["messages"])
        let tools = try ChatTools(body)
        let temperature = try temperature()
        let stops = try stops()
        let user = try text("user")
        let tier = try tier()
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("model", model)
            writer.member("max_tokens", raw: limit)
            if !conversation.system.isEmpty { writer.member("system", raw: conversation.systemContent) }
            writer.member("messages", raw: conversation.messages)
            if let temperature { writer.member("temperature", raw: temperature) }
            if let share = stated("top_p") { writer.member("top_p", raw: share) }
            if let stops { writer.member("stop_sequences", raw: stops) }
            tools.write(to: &writer)
            if let user { writer.object("metadata") { $0.member("user_id", user) } }
            if let tier { writer.member("service_tier", tier) }
        }
        return writer.bytes
    }

    /// nil also where the member is null.
    private func stated(_ name: String) -> JSONValue? {
        guard let value = body[name], value != .null else { return nil }
        return value
    }

    private func refuseWhatIsLost() throws(LineRefusal) {
        for member in body.members ?? [] {
            switch Self.rules[member.name] {
            case .translated: continue
            case .only(let values) where values.contains(member.value): continue
            case .only, nil: throw .lost(member.name, "it has no counterpart")
            }
        }
    }

    private func limit() throws(LineRefusal) -> JSONValue? {
        guard let old = stated("max_tokens") else { return stated("max_completion_tokens") }
        guard let new = stated("max_completion_tokens"), new != old else { return old }
        throw .lost("max_completion_tokens", "it differs from max_tokens, and there is one limit only")
    }

    private func temperature() throws(LineRefusal) -> JSONValue? {
        guard let value = stated("temperature") else { return nil }
        guard let number = value.double, 0...1 ~= number else { throw .lost("temperature", "there it is from 0 to 1") }
        return value
    }

    private func stops() throws(LineRefusal) -> JSONValue? {
        switch stated("stop") {
        case nil, .array([]): return nil
        case .string(let stop): return .array([.string(stop)])
        case .array(let stops) where stops.allSatisfy({ $0.string != nil }): return .array(stops)
        default: throw .lost("stop", "it is neither a text nor a list of texts")
        }
    }

    private func text(_ name: String) throws(LineRefusal) -> String? {
        guard let value = stated(name) else { return nil }
        guard let text = value.string else { throw .lost(name, "it is no text") }
        return text
    }

    private func tier() throws(LineRefusal) -> String? {
        switch try text("service_tier") {
        case nil, "auto": nil
        case "default": "standard_only"
        default: throw .lost("service_tier", "it has no counterpart")
        }
    }
}

extension LineRefusal {
    /// - Parameter place: the member, with its path where it is no member of the body: `messages[2].name`.
    static func lost(_ place: String, _ reason: String) -> LineRefusal {
        LineRefusal(.untranslatable, "\(place): \(reason) in /v1/messages, which is what the model's endpoint speaks")
    }
}
