/// What the gate and the books need of a response body; the body itself is kept as bytes.
package struct ParsedAnswer: Equatable, Sendable {
    /// nil: missing or all zero, which no answer can cost.
    package var reported: ReportedUsage?
    package var choices: [Choice] = []
    /// Vectors of an embeddings answer.
    package var embeddings = 0

    package struct Choice: Equatable, Sendable {
        package var finishReason: String?
        package var text = ""
        package var calledTool = false
        /// Calls of functions, with what they were called with.
        package var toolCalls: [ToolCall] = []
        /// The model says in a member of its own that it will not answer.
        package var isRefused = false

        package init(finishReason: String? = nil, text: String = "", calledTool: Bool = false) {
            self.finishReason = finishReason
            self.text = text
            self.calledTool = calledTool
        }

        package var isEmpty: Bool { text.isEmpty && !calledTool }
    }

    package struct ToolCall: Equatable, Sendable {
        package let name: String
        /// JSON, if the model has kept to it.
        package let arguments: String

        package init(name: String, arguments: String) {
            self.name = name
            self.arguments = arguments
        }
    }

    /// As the server reported it, cleaned: never negative, cached within input, reasoning within output. nil: no count
    /// above zero can be believed.
    package var usage: Usage? {
        reported.flatMap { $0.usage == .zero ? nil : $0.usage }
    }

    package init(usage: Usage? = nil, choices: [Choice] = []) {
        reported = usage.map { ReportedUsage($0) }
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
        let name: StaticString =
            switch url {
            case .embeddings: "data"
            case .responses: "output"
            case .messages: "content"
            case .chatCompletions, .completions: "choices"
            }
        guard let list = tape.member(name, of: root, in: text), tape.kind(list) == .array else { return nil }
        reported = ReportedUsage(in: tape, text, url: url)
        switch url {
        case .embeddings: embeddings = tape.count(list)
        case .responses: choices = [Choice(responseOutput: list, root: root, tape, in: text)]
        case .messages: choices = [Choice(messageContent: list, root: root, tape, in: text)]
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
            for call in tape.elements(calls) {
                if let function = tape.member("function", of: call, in: text) { addCall(function, tape, in: text) }
            }
        }
        isRefused = (string("refusal", of: message) ?? "") != ""
    }

    /// The output items of a response: texts are joined; the status stands for the finish reason, `completed` for
    /// `stop` and the reason of an incomplete one for itself.
    init(responseOutput list: Int, root: Int, _ tape: JSONTape, in text: Span<UInt8>) {
        self.init()
        for item in tape.elements(list) {
            if let type = tape.member("type", of: item, in: text), tape.equals(type, "function_call", in: text) {
                calledTool = true
                addCall(item, tape, in: text)
            }
            guard let content = tape.member("content", of: item, in: text), tape.kind(content) == .array else {
                continue
            }
            for part in tape.elements(content) {
                self.text += tape.member("text", of: part, in: text).flatMap { tape.string($0, in: text) } ?? ""
                if tape.member("refusal", of: part, in: text) != nil { isRefused = true }
            }
        }
        let status = tape.member("status", of: root, in: text).flatMap { tape.string($0, in: text) }
        let details = tape.member("incomplete_details", of: root, in: text)
        let reason = details.flatMap { tape.member("reason", of: $0, in: text) }.flatMap { tape.string($0, in: text) }
        finishReason = status == "completed" ? "stop" : reason ?? status
    }

    /// The blocks of a message: texts are joined, thoughts are passed over.
    init(messageContent list: Int, root: Int, _ tape: JSONTape, in text: Span<UInt8>) {
        func string(_ name: StaticString, of node: Int) -> String? {
            tape.member(name, of: node, in: text).flatMap { tape.string($0, in: text) }
        }
        self.init(finishReason: string("stop_reason", of: root).map(StopReason.finishReason))
        for block in tape.elements(list) {
            switch string("type", of: block) {
            case "text": self.text += string("text", of: block) ?? ""
            case "tool_use":
                calledTool = true
                guard let name = string("name", of: block) else { continue }
                let input = tape.member("input", of: block, in: text).map { tape.bytes($0) } ?? 0..<0
                var arguments: [UInt8] = []
                arguments.append(copying: input, of: text)
                let call = ParsedAnswer.ToolCall(name: name, arguments: String(decoding: arguments, as: UTF8.self))
                toolCalls.append(call)
            default: continue
            }
        }
    }

    private mutating func addCall(_ node: Int, _ tape: JSONTape, in text: Span<UInt8>) {
        guard let name = tape.member("name", of: node, in: text).flatMap({ tape.string($0, in: text) }) else { return }
        let arguments = tape.member("arguments", of: node, in: text).flatMap { tape.string($0, in: text) }
        toolCalls.append(ParsedAnswer.ToolCall(name: name, arguments: arguments ?? ""))
    }
}
