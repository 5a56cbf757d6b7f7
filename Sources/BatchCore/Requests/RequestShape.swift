/// What of a body decides how many tokens it can take, and refusals for what nothing bounds.
///
/// The prompt: a token is at least one byte of text, and every byte of text stands in the body (escaped or not), so
/// that the bytes of the body are a bound; a chat template adds role marks to each message, instructions to tools, and
/// may add a system prompt of its own, for which overheads are set aside. An image takes what its model declares.
/// The completion: prompts times choices times the stated limit, or times the model's where none is stated.
struct RequestShape {
    static let messageOverhead = 16
    static let templateOverhead = 64
    static let toolsOverhead = 256

    /// Bytes of the body without images that are written into it.
    let promptBytes: Int
    let images: Int
    /// Messages, input items or texts: what a template can add marks to.
    let items: Int
    let hasTools: Bool
    /// Prompts in one request: each may fill a model's context, and each is completed for itself.
    let prompts: Int
    /// Completions that one prompt makes: the larger of n and best_of, 1 where neither is given.
    let choices: Int
    /// As stated in the body; nil: none is.
    let completionLimit: Int?
    /// `n_predict`, which llama.cpp obeys before `max_tokens`, and others do not know: it can only raise the bound.
    let ownLimit: Int
    /// The least limit that stands in the body; nil: none does.
    let choiceLimit: Int?
    let completes: Bool
    let echoes: Bool
    /// See `BatchRequest.isSampled`.
    let isSampled: Bool

    init(body: Int, of tape: JSONTape, in text: Span<UInt8>, url: RequestURL) throws(LineRefusal) {
        let members = BodyMembers(body: body, tape: tape)
        try members.refuseStream(in: text)
        let found = try UnboundedContent(body: body, tape: tape).refuse(in: text, url: url)
        promptBytes = tape.bytes(body).count - found.dataBytes
        images = found.count
        items = members.items(in: text, url: url)
        hasTools = members.hasElements("tools", in: text) || members.hasElements("functions", in: text)
        prompts = url == .completions || url == .embeddings ? max(1, items) : 1
        choices = max(
            try members.count("n", in: text, url: url) ?? 1,
            url == .completions ? try members.count("best_of", in: text, url: url) ?? 1 : 1)
        var limits: [Int] = []
        for name in url.completionLimits {
            if let stated = try members.count(name, in: text, url: url) { limits.append(stated) }
        }
        completionLimit = limits.max()
        let ownLimit = try members.count("n_predict", in: text, url: url)
        self.ownLimit = ownLimit ?? 0
        choiceLimit = (limits + (ownLimit.map { [$0] } ?? [])).min()
        completes = url != .embeddings
        echoes = url == .completions && members.asksFor("echo", in: text)
        isSampled =
            url != .embeddings && !members.isNumber("seed", in: text) && !members.isZero("temperature", in: text)
    }

    /// - Throws: `unbounded_content` if there are images and the model declares nothing for one; `invalid_parameter` if
    ///   the product of choices and limit is no number that a server could mean.
    func bound(on model: Model) throws(LineRefusal) -> TokenBound {
        guard let imageTokens = images == 0 ? 0 : model.imageTokens else {
            throw LineRefusal(
                .unboundedContent,
                "an image has no token bound: state image_tokens of \"\(model.name)\" in models.toml, or image_usd")
        }
        let prompt =
            promptBytes + items * Self.messageOverhead + Self.templateOverhead + (hasTools ? Self.toolsOverhead : 0)
            + images * imageTokens
        let boundedPrompt = model.contextTokens.map { min(prompt, prompts * $0) } ?? prompt
        guard completes else { return TokenBound(prompt: boundedPrompt, completion: 0, images: images) }
        let limit = max(completionLimit ?? model.maxOutputTokens, ownLimit)
        var (completion, isAbsurd) = limit.addingReportingOverflow(model.reasoningBesideLimit)
        for factor in [choices, prompts] where !isAbsurd {
            (completion, isAbsurd) = completion.multipliedReportingOverflow(by: factor)
            isAbsurd = isAbsurd || completion > TokenBound.limit
        }
        guard !isAbsurd, boundedPrompt <= TokenBound.limit else {
            throw LineRefusal(.invalidParameter, "n times the completion limit is no number of tokens")
        }
        return TokenBound(prompt: boundedPrompt, completion: completion, images: images)
    }
}

/// The members of a body that bound it.
private struct BodyMembers {
    let body: Int
    let tape: JSONTape

    /// Refuses all but false and null: a lenient server takes `1` and `"true"` for true.
    func refuseStream(in text: Span<UInt8>) throws(LineRefusal) {
        if asksFor("stream", in: text) {
            throw LineRefusal(.streaming, "stream is not false: a batch has whole answers; remove it")
        }
        if asksFor("background", in: text) {
            throw LineRefusal(.invalidParameter, "background is not false: such an answer comes later; remove it")
        }
    }

    func asksFor(_ name: StaticString, in text: Span<UInt8>) -> Bool {
        guard let node = tape.member(name, of: body, in: text) else { return false }
        return tape.kind(node) != .false && tape.kind(node) != .null
    }

    /// A whole number from 1 up; nil where the member is absent or null.
    func count(_ name: StaticString, in text: Span<UInt8>, url: RequestURL) throws(LineRefusal) -> Int? {
        guard let node = tape.member(name, of: body, in: text), tape.kind(node) != .null else { return nil }
        guard let value = tape.integer(node, in: text), value > 0 else {
            throw LineRefusal(.invalidParameter, "\(name) is no whole number from 1 up")
        }
        return value
    }

    func isNumber(_ name: StaticString, in text: Span<UInt8>) -> Bool {
        tape.member(name, of: body, in: text).map { tape.kind($0) == .number } ?? false
    }

    func isZero(_ name: StaticString, in text: Span<UInt8>) -> Bool {
        tape.member(name, of: body, in: text).flatMap { tape.double($0, in: text) } == 0
    }

    func hasElements(_ name: StaticString, in text: Span<UInt8>) -> Bool {
        tape.member(name, of: body, in: text).map { tape.count($0) > 0 } ?? false
    }

    func items(in text: Span<UInt8>, url: RequestURL) -> Int {
        let name: StaticString = url == .chatCompletions ? "messages" : url == .completions ? "prompt" : "input"
        guard let node = tape.member(name, of: body, in: text), tape.kind(node) == .array else { return 1 }
        // A list of numbers is one text, given as tokens.
        if let first = tape.elements(node).first(where: { _ in true }), tape.kind(first) == .number { return 1 }
        return tape.count(node)
    }
}

extension JSONTape {
    /// Is the node the string `expected`?
    func equals(_ node: Int, _ expected: String, in text: Span<UInt8>) -> Bool {
        string(node, in: text) == expected
    }
}
