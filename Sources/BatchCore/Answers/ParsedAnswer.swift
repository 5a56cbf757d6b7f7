/// What the gate and the books need of a response body; the body itself is kept as bytes.
package struct ParsedAnswer: Equatable, Sendable {
    /// As the server reported it, cleaned: never negative, cached within input, reasoning within output. nil: missing,
    /// all zero, which no answer can cost, or above `TokenBound.limit`, which no request can take.
    package var usage: Usage?
    package var choices: [Choice] = []
    /// Vectors of an embeddings answer.
    package var embeddings = 0

    package struct Choice: Equatable, Sendable {
        package var finishReason: String?
        package var text = ""
        package var calledTool = false

        package init(finishReason: String? = nil, text: String = "", calledTool: Bool = false) {
            self.finishReason = finishReason
            self.text = text
            self.calledTool = calledTool
        }
    }

    package init(usage: Usage? = nil, choices: [Choice] = []) {
        self.usage = usage
        self.choices = choices
    }

    /// - Returns: nil if the body is no answer to that url: no JSON object, or one with an error inside, or without the
    ///   member that carries the answer.
    package init?(body: Span<UInt8>, url: RequestURL) {
        var tape = JSONTape()
        do { try tape.scan(body) } catch { return nil }
        self.init(tape, in: body, url: url)
    }

    private init?(_ tape: JSONTape, in text: Span<UInt8>, url: RequestURL) {
        let root = JSONTape.root
        if let error = tape.member("error", of: root, in: text), tape.kind(error) != .null { return nil }
        let name: StaticString = url == .embeddings ? "data" : url == .responses ? "output" : "choices"
        guard let list = tape.member(name, of: root, in: text), tape.kind(list) == .array else { return nil }
        usage = Usage(reportedBy: tape, in: text)
        switch url {
        case .embeddings: embeddings = tape.count(list)
        case .responses: choices = [Choice(responseOutput: list, root: root, tape, in: text)]
        case .chatCompletions, .completions: choices = tape.elements(list).map { Choice(choice: $0, tape, in: text) }
        }
    }
}

extension ParsedAnswer.Choice {
    /// A choice of chat/completions (a message) or of completions (a text).
    init(choice node: Int, _ tape: JSONTape, in text: Span<UInt8>) {
        func string(_ name: StaticString, of node: Int) -> String? {
            tape.member(name, of: node, in: text).flatMap { tape.string($0, in: text) }
        }
        self.init(finishReason: string("finish_reason", of: node))
        guard let message = tape.member("message", of: node, in: text) else {
            self.text = string("text", of: node) ?? ""
            return
        }
        self.text = string("content", of: message) ?? ""
        if let calls = tape.member("tool_calls", of: message, in: text), tape.kind(calls) == .array {
            calledTool = tape.count(calls) > 0
        }
    }

    /// The output items of a response: texts are joined; the status stands for the finish reason, `completed` for
    /// `stop` and the reason of an incomplete one for itself.
    init(responseOutput list: Int, root: Int, _ tape: JSONTape, in text: Span<UInt8>) {
        self.init()
        for item in tape.elements(list) {
            if let type = tape.member("type", of: item, in: text), tape.equals(type, "function_call", in: text) {
                calledTool = true
            }
            guard let content = tape.member("content", of: item, in: text), tape.kind(content) == .array else {
                continue
            }
            for part in tape.elements(content) {
                self.text += tape.member("text", of: part, in: text).flatMap { tape.string($0, in: text) } ?? ""
            }
        }
        let status = tape.member("status", of: root, in: text).flatMap { tape.string($0, in: text) }
        let details = tape.member("incomplete_details", of: root, in: text)
        let reason = details.flatMap { tape.member("reason", of: $0, in: text) }.flatMap { tape.string($0, in: text) }
        finishReason = status == "completed" ? "stop" : reason ?? status
    }
}

extension Usage {
    /// Reads `usage` by its chat names, else by its responses names (what they are: OpenAI API reference).
    init?(reportedBy tape: JSONTape, in text: Span<UInt8>) {
        guard let usage = tape.member("usage", of: JSONTape.root, in: text) else { return nil }
        func count(_ names: StaticString...) -> Int {
            for name in names {
                guard let node = tape.member(name, of: usage, in: text), tape.kind(node) == .number else { continue }
                if let value = tape.integer(node, in: text) { return max(0, value) }
                // A fraction, or more than 64 bits hold: a server that counts in floating point may write 5.0.
                let value = tape.double(node, in: text) ?? 0
                return value > Double(TokenBound.limit) ? .max : max(0, Int(value.rounded(.up)))
            }
            return 0
        }
        func detail(_ name: StaticString, of names: StaticString...) -> Int {
            for details in names {
                if let node = tape.member(details, of: usage, in: text),
                    let member = tape.member(name, of: node, in: text),
                    let value = tape.integer(member, in: text)
                {
                    return max(0, value)
                }
            }
            return 0
        }
        let input = count("prompt_tokens", "input_tokens")
        let output = count("completion_tokens", "output_tokens")
        guard input <= TokenBound.limit, output <= TokenBound.limit, input > 0 || output > 0 else { return nil }
        self.init(
            input: input,
            cached: min(input, detail("cached_tokens", of: "prompt_tokens_details", "input_tokens_details")),
            output: output,
            reasoning: min(output, detail("reasoning_tokens", of: "completion_tokens_details", "output_tokens_details"))
        )
    }
}
