/// How one line of a shard ended. It is on disk before anything is settled with it.
package struct Outcome: Equatable, Sendable {
    package enum Result: String, Sendable {
        /// This job paid for it.
        case answered
        /// An earlier answer to the same request.
        case reused
        /// Sent, and no good answer.
        case failed
        /// Never sent.
        case refused
    }

    /// Where a reused answer came from.
    package enum Origin: String, Sendable {
        case file, log
        case inFlight = "in_flight"
    }

    package var line: Int
    package var result: Result
    /// The reservation round that paid, from 1; 0: nothing was sent.
    package var round = 0
    package var attempts = 0
    package var model = ""
    package var origin: Origin?
    package var spent = Amount.zero
    package var usage = Usage.zero
    package var isEstimated = false
    package var exceedsBound = false
    /// The response member of a Batch output line, as JSON: `{"status_code", "request_id", "body"}`. nil: none came.
    package var response: [UInt8]?
    /// The error member: code and message. nil where a response says it all.
    package var error: (code: String, message: String)? {
        get { errorCode.map { ($0, errorMessage) } }
        set {
            errorCode = newValue?.code
            errorMessage = newValue?.message ?? ""
        }
    }
    private var errorCode: String?
    private var errorMessage = ""

    package init(line: Int, result: Result) {
        self.line = line
        self.result = result
    }

    package static func refused(line: Int, _ refusal: LineRefusal) -> Outcome {
        var outcome = Outcome(line: line, result: .refused)
        outcome.error = (refusal.code.rawValue, refusal.reason)
        return outcome
    }

    package var hasAnswer: Bool { result == .answered || result == .reused }

    /// The outcome of a line that stands again in the same file: the same, and nothing paid for it. Its usage stays,
    /// and says what was saved.
    package func repeated(forLine line: Int) -> Outcome {
        var copy = self
        copy.line = line
        copy.spent = .zero
        copy.round = 0
        copy.attempts = 0
        if hasAnswer {
            copy.result = .reused
            copy.origin = .file
        }
        return copy
    }
}

extension Outcome {
    /// One line of `shards/NNNN.jsonl`, without its line end.
    package var record: [UInt8] {
        var writer = JSONWriter(reserving: 256 + (response?.count ?? 0))
        writer.object { writer in
            writer.member("line", line)
            writer.member("result", result.rawValue)
            if round > 0 { writer.member("round", round) }
            if attempts > 0 { writer.member("attempts", attempts) }
            if !model.isEmpty { writer.member("model", model) }
            if let origin { writer.member("origin", origin.rawValue) }
            if !spent.isZero {
                writer.member("usd", spent.usd.decimal)
                writer.member("tokens", spent.tokens)
            }
            if usage != .zero {
                writer.array("usage") { writer in
                    for count in [usage.input, usage.cached, usage.output, usage.reasoning] { writer.element(count) }
                    if usage.cacheWrite > 0 { writer.element(usage.cacheWrite) }
                }
            }
            if isEstimated { writer.member("estimated", true) }
            if exceedsBound { writer.member("exceeds_bound", true) }
            if let error {
                writer.object("error") { writer in
                    writer.member("code", error.code)
                    writer.member("message", error.message)
                }
            }
            if let response { writer.member("response", raw: response) }
        }
        return writer.bytes
    }

    /// Reads what `record` writes; nil for anything else (a torn line). A charge that cannot be read makes it nil too:
    /// an outcome that costs nothing would be wrong.
    package init?(record text: Span<UInt8>, using tape: inout JSONTape) {
        do { try tape.scan(text) } catch { return nil }
        let root = JSONTape.root
        func integer(_ name: StaticString) -> Int? {
            tape.member(name, of: root, in: text).flatMap { tape.integer($0, in: text) }
        }
        func string(_ name: StaticString, of node: Int = JSONTape.root) -> String? {
            tape.member(name, of: node, in: text).flatMap { tape.string($0, in: text) }
        }
        guard let line = integer("line"), let result = string("result").flatMap(Result.init(rawValue:)) else {
            return nil
        }
        self.init(line: line, result: result)
        round = integer("round") ?? 0
        attempts = integer("attempts") ?? 0
        model = string("model") ?? ""
        origin = string("origin").flatMap(Origin.init(rawValue:))
        if tape.member("usd", of: root, in: text) != nil {
            guard let usd = string("usd").flatMap({ Money(recorded: $0) }), let tokens = integer("tokens") else {
                return nil
            }
            spent = Amount(usd: usd, tokens: tokens)
        }
        isEstimated = tape.member("estimated", of: root, in: text) != nil
        exceedsBound = tape.member("exceeds_bound", of: root, in: text) != nil
        if let node = tape.member("usage", of: root, in: text) {
            let counts = tape.elements(node).compactMap { tape.integer($0, in: text) }
            guard 4...5 ~= counts.count, tape.count(node) == counts.count else { return nil }
            usage = Usage(
                input: counts[0], cached: counts[1], cacheWrite: counts.count == 5 ? counts[4] : 0, output: counts[2],
                reasoning: counts[3])
        }
        if let node = tape.member("error", of: root, in: text), let code = string("code", of: node) {
            error = (code, string("message", of: node) ?? "")
        }
        if let node = tape.member("response", of: root, in: text) {
            response = tape.bytes(node).map { text[$0] }
        }
    }
}
