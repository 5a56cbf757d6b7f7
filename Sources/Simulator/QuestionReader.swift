import BatchCore

/// Finds the members of a body that matter for its answer. What is of the wrong type is refused as OpenAI refuses it;
/// what the simulator does not use may be anything.
struct QuestionReader {
    private let body: [UInt8]
    private let tape: JSONTape

    init(_ body: [UInt8]) throws(QuestionError) {
        var tape = JSONTape()
        do throws(JSONError) {
            try tape.scan(body.span)
        } catch {
            throw QuestionError("the body is not JSON: \(error)")
        }
        guard tape.kind(JSONTape.root) == .object else { throw QuestionError("the body is not a JSON object") }
        self.body = body
        self.tape = tape
    }

    func flag(_ name: StaticString) -> Bool {
        member(name, of: JSONTape.root).map { tape.kind($0) == .true } ?? false
    }

    func text(_ name: StaticString) throws(QuestionError) -> String {
        guard let text = optionalText(name) else { throw QuestionError("\(name) must be a string", param: "\(name)") }
        return text
    }

    func optionalText(_ name: StaticString) -> String? {
        member(name, of: JSONTape.root).flatMap { tape.string($0, in: body.span) }
    }

    /// - Returns: nil where the member is missing or null.
    func count(_ name: StaticString, in range: ClosedRange<Int>) throws(QuestionError) -> Int? {
        guard let node = member(name, of: JSONTape.root) else { return nil }
        guard let count = tape.integer(node, in: body.span), range.contains(count) else {
            throw QuestionError(
                "\(name) must be an integer from \(range.lowerBound) to \(range.upperBound)", param: "\(name)")
        }
        return count
    }

    func maxTokens(for url: SimulatedURL) throws(QuestionError) -> Int? {
        let range = 0...Int(Int32.max)
        switch url {
        case .chatCompletions:
            if let most = try count("max_completion_tokens", in: range) { return most }
            return try count("max_tokens", in: range)
        case .completions: return try count("max_tokens", in: range)
        case .responses: return try count("max_output_tokens", in: range)
        case .embeddings: return nil
        }
    }

    func form(for url: SimulatedURL) throws(QuestionError) -> AnswerForm {
        let format =
            url == .responses
            ? member("text", of: JSONTape.root).flatMap { member("format", of: $0) }
            : member("response_format", of: JSONTape.root)
        guard let format, let type = member("type", of: format) else { return .sentence }
        switch tape.string(type, in: body.span) {
        case "json", "json_object": return .jsonObject
        case "json_schema":
            // Chat wraps the schema once more than Responses does.
            let holder = member("json_schema", of: format) ?? format
            guard let schema = member("schema", of: holder) else { return .jsonObject }
            return .jsonSchema(JSONValue(schema, of: tape, in: body.span))
        default: return .sentence
        }
    }

    func promptTokens(for url: SimulatedURL) throws(QuestionError) -> [Int] {
        switch url {
        case .chatCompletions:
            guard let messages = member("messages", of: JSONTape.root), tape.kind(messages) == .array,
                tape.count(messages) > 0
            else { throw QuestionError("messages must be an array of at least one", param: "messages") }
            return [tokensOfMessages(messages)]
        case .responses:
            guard let input = member("input", of: JSONTape.root) else {
                throw QuestionError("input must be a string or an array", param: "input")
            }
            let instructions = member("instructions", of: JSONTape.root).map { tokens(ofBytes: bytes(of: $0)) } ?? 0
            return [instructions + (tape.kind(input) == .array ? tokensOfMessages(input) : tokensOfText(input))]
        case .completions: return try tokensOfTexts("prompt")
        case .embeddings: return try tokensOfTexts("input")
        }
    }

    /// A string, an array of strings, an array of token ids, or an array of those.
    private func tokensOfTexts(_ name: StaticString) throws(QuestionError) -> [Int] {
        guard let node = member(name, of: JSONTape.root) else {
            throw QuestionError("\(name) must be a string or an array", param: "\(name)")
        }
        guard tape.kind(node) == .array else { return [tokensOfText(node)] }
        let elements = Array(tape.elements(node))
        guard let head = elements.first else { throw QuestionError("\(name) is empty", param: "\(name)") }
        return tape.kind(head) == .number ? [elements.count + Self.tokensPerMessage] : elements.map(tokensOfText)
    }

    private func tokensOfText(_ node: Int) -> Int {
        (tape.kind(node) == .array ? tape.count(node) : tokens(ofBytes: bytes(of: node))) + Self.tokensPerMessage
    }

    private func tokensOfMessages(_ messages: Int) -> Int {
        let bytes = tape.elements(messages).reduce(0) { $0 + (member("content", of: $1).map(self.bytes) ?? 0) }
        return tokens(ofBytes: bytes) + Self.tokensPerMessage * tape.count(messages)
    }

    /// UTF-8 bytes of a content: of the string, or of all texts in its parts; anything else counts as it was written.
    private func bytes(of content: Int) -> Int {
        switch tape.kind(content) {
        case .null: return 0
        case .string:
            var text: [UInt8] = []
            tape.appendString(content, in: body.span, to: &text)
            return text.count
        case .array: return tape.elements(content).reduce(0) { $0 + bytes(of: member("text", of: $1) ?? $1) }
        default: return tape.bytes(content).count
        }
    }

    /// A token for four bytes, and a few around each message: near enough to real tokenizers to make prices plausible.
    private func tokens(ofBytes bytes: Int) -> Int { (bytes + 3) / 4 }
    private static let tokensPerMessage = 4

    /// - Returns: nil also where the member is null, as OpenAI takes null for absent.
    private func member(_ name: StaticString, of node: Int) -> Int? {
        guard let found = tape.member(name, of: node, in: body.span), tape.kind(found) != .null else { return nil }
        return found
    }
}
