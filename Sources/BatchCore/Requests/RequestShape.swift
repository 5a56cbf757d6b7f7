/// What of a body decides how many tokens it can take, and refusals for what nothing bounds.
///
/// The prompt: a token is at least one byte of text, and every byte of text stands in the body (escaped or not), so
/// that the bytes of the body are a bound; a chat template adds role marks to each message and may add a system prompt
/// of its own, for which `messageOverhead` and `templateOverhead` are set aside.
/// The completion: choices times the stated limit, or times the model's where none is stated.
struct RequestShape {
    static let messageOverhead = 16
    static let templateOverhead = 64

    let bodyBytes: Int
    /// Messages, input items or texts: what a template can add marks to.
    let items: Int
    /// Completions that one request makes: the larger of n and best_of, 1 where neither is given.
    let choices: Int
    /// As stated in the body; nil: none is.
    let completionLimit: Int?
    let completes: Bool

    init(body: Int, of tape: JSONTape, in text: Span<UInt8>, url: RequestURL) throws(LineRefusal) {
        let members = BodyMembers(body: body, tape: tape)
        try members.refuseStream(in: text)
        try members.refuseUnboundedContent(in: text, url: url)
        bodyBytes = tape.bytes(body).count
        items = members.items(in: text, url: url)
        choices = max(
            try members.count("n", in: text, url: url) ?? 1,
            url == .completions ? try members.count("best_of", in: text, url: url) ?? 1 : 1)
        var limit: Int?
        for name in url.completionLimits {
            guard let stated = try members.count(name, in: text, url: url) else { continue }
            limit = max(limit ?? 0, stated)
        }
        completionLimit = limit
        completes = url != .embeddings
    }

    /// - Throws: `invalid_parameter` if the product of choices and limit is no number that a server could mean.
    func bound(on model: Model) throws(LineRefusal) -> TokenBound {
        let prompt = bodyBytes + items * Self.messageOverhead + Self.templateOverhead
        let boundedPrompt = model.contextTokens.map { min(prompt, $0) } ?? prompt
        guard completes else { return TokenBound(prompt: boundedPrompt, completion: 0) }
        let (completion, overflow) = choices.multipliedReportingOverflow(by: completionLimit ?? model.maxOutputTokens)
        guard !overflow, completion <= Int.max - boundedPrompt else {
            throw LineRefusal(.invalidParameter, "n times the completion limit is no number of tokens")
        }
        return TokenBound(prompt: boundedPrompt, completion: completion)
    }
}

/// The members of a body that bound it.
private struct BodyMembers {
    let body: Int
    let tape: JSONTape

    func refuseStream(in text: Span<UInt8>) throws(LineRefusal) {
        if let stream = tape.member("stream", of: body, in: text), tape.kind(stream) == .true {
            throw LineRefusal(.streaming, "stream is true: a batch has whole answers; remove it")
        }
    }

    /// A whole number from 1 up; nil where the member is absent or null.
    func count(_ name: StaticString, in text: Span<UInt8>, url: RequestURL) throws(LineRefusal) -> Int? {
        guard let node = tape.member(name, of: body, in: text), tape.kind(node) != .null else { return nil }
        guard let value = tape.integer(node, in: text), value > 0 else {
            throw LineRefusal(.invalidParameter, "\(name) is no whole number from 1 up")
        }
        return value
    }

    func items(in text: Span<UInt8>, url: RequestURL) -> Int {
        let name: StaticString = url == .chatCompletions ? "messages" : url == .completions ? "prompt" : "input"
        guard let node = tape.member(name, of: body, in: text), tape.kind(node) == .array else { return 1 }
        return tape.count(node)
    }

    /// Refuses what brings tokens from outside the body: images, audio and files (their tokens are not their bytes),
    /// earlier responses, stored prompts, and tools that the server itself runs.
    func refuseUnboundedContent(in text: Span<UInt8>, url: RequestURL) throws(LineRefusal) {
        let fromOutside: [StaticString] = [
            "previous_response_id", "conversation", "prompt_template", "web_search_options", "audio", "modalities",
        ]
        for name in fromOutside {
            if let node = tape.member(name, of: body, in: text), tape.kind(node) != .null, !isTextOnly(node, in: text) {
                throw LineRefusal(.unboundedContent, "\(name): nothing bounds its tokens; this version refuses it")
            }
        }
        if url == .responses, let prompt = tape.member("prompt", of: body, in: text), tape.kind(prompt) == .object {
            throw LineRefusal(.unboundedContent, "prompt: a stored prompt has no bound here; write it into input")
        }
        try refuseServerTools(in: text)
        for name: StaticString in ["messages", "input"] {
            guard let list = tape.member(name, of: body, in: text), tape.kind(list) == .array else { continue }
            for item in tape.elements(list) { try refuseUnboundedParts(of: item, in: text) }
        }
    }

    /// `"modalities": ["text"]` asks for nothing but text.
    private func isTextOnly(_ node: Int, in text: Span<UInt8>) -> Bool {
        guard tape.kind(node) == .array else { return false }
        return tape.elements(node).allSatisfy { tape.equals($0, "text", in: text) }
    }

    private func refuseServerTools(in text: Span<UInt8>) throws(LineRefusal) {
        guard let tools = tape.member("tools", of: body, in: text), tape.kind(tools) == .array else { return }
        for tool in tape.elements(tools) {
            guard let type = tape.member("type", of: tool, in: text) else { continue }
            guard tape.equals(type, "function", in: text) || tape.equals(type, "custom", in: text) else {
                throw LineRefusal(.unboundedContent, "tools: the server runs such a tool itself; nothing bounds its tokens")
            }
        }
    }

    private func refuseUnboundedParts(of item: Int, in text: Span<UInt8>) throws(LineRefusal) {
        if let type = tape.member("type", of: item, in: text), tape.equals(type, "item_reference", in: text) {
            throw LineRefusal(.unboundedContent, "an item_reference brings text from outside the line")
        }
        guard let content = tape.member("content", of: item, in: text), tape.kind(content) == .array else { return }
        for part in tape.elements(content) {
            guard let type = tape.member("type", of: part, in: text) else { continue }
            let isText = ["text", "input_text", "output_text", "refusal"].contains { tape.equals(type, $0, in: text) }
            guard isText else {
                let name = tape.string(type, in: text) ?? "?"
                throw LineRefusal(.unboundedContent, "a content part of type \"\(name)\" has no token bound; only text has")
            }
        }
    }
}

extension JSONTape {
    /// Is the node the string `expected`?
    func equals(_ node: Int, _ expected: String, in text: Span<UInt8>) -> Bool {
        string(node, in: text) == expected
    }
}
