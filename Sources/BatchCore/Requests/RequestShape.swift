/// What of a body decides how many tokens it can take, and refusals for what nothing bounds.
///
/// The prompt: a token is at least one byte of text, and every byte of text stands in the body (escaped or not), so
/// that the bytes of the body are a bound; a chat template adds role marks to each message, instructions to tools, and
/// may add a system prompt of its own, for which overheads are set aside. An image takes what its model declares.
/// The completion: prompts times choices times the stated limit, or times the model's where none is stated.
struct RequestShape {
    static let messageOverhead = 16
    static let templateOverhead = 64

    let url: RequestURL
    /// What a model must be able to.
    let needs: Capabilities
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
    /// See `BatchRequest.asksForForm`.
    let asksForForm: Bool
}

extension RequestShape {
    init(
        _ members: BodyMembers, of tape: JSONTape, in text: Span<UInt8>, body: Int, url: RequestURL
    ) throws(LineRefusal) {
        let bounds = BodyBounds(members: members, tape: tape)
        try bounds.refuseStream()
        self.url = url
        let found =
            url == .messages
            ? try MessagesContent(tape: tape).refuse(body: body, in: text)
            : try UnboundedContent(members: members, tape: tape).refuse(in: text, url: url)
        promptBytes = tape.bytes(body).count - found.dataBytes
        images = found.count
        items = bounds.items(url: url)
        hasTools = bounds.hasElements(.tools) || bounds.hasElements(.functions)
        prompts = url == .completions || url == .embeddings ? max(1, items) : 1
        choices = max(
            try bounds.count(.n, "n", in: text) ?? 1, try bounds.count(.nCmpl, "n_cmpl", in: text) ?? 1,
            url == .completions ? try bounds.count(.bestOf, "best_of", in: text) ?? 1 : 1)
        let (limit, otherLimit) = try bounds.completionLimits(in: text, url: url)
        completionLimit = larger(limit, otherLimit)
        let ownLimit = try bounds.count(.nPredict, "n_predict", in: text)
        self.ownLimit = ownLimit ?? 0
        choiceLimit = smaller(smaller(limit, otherLimit), ownLimit)
        completes = url != .embeddings
        echoes = url == .completions && bounds.asksFor(.echo)
        asksForForm =
            hasTools || members[.responseFormat] != nil || members[.text] != nil
            || url == .messages && MessagesContent(tape: tape).asksForForm(body: body, in: text)
        needs = bounds.needs(in: text, body: body, url: url).union(
            [hasTools ? .tools : [], images > 0 ? .images : []])
        isSampled = completes && !bounds.hasSeed && !bounds.isCold(in: text)
    }

    /// - Throws: `unbounded_content` if there are images and the model declares nothing for one; `invalid_parameter` if
    ///   the product of choices and limit is no number that a server could mean.
    func bound(on model: Model) throws(LineRefusal) -> TokenBound {
        try bound(within: TokenLimits(model)) { model.name }
    }

    /// The most tokens that a prompt and its answer can have together: what a model must have room for, if it is to fit
    /// surely.
    func longestExchange(within model: TokenLimits) -> Int {
        let prompt = promptBound(within: model)
        guard completes else { return prompt }
        let limit = min(max(completionLimit ?? model.maxOutputTokens, ownLimit), TokenBound.limit)
        return prompt + limit + model.reasoningBesideLimit
    }

    /// The most tokens that the prompts can have together.
    func promptBound(within model: TokenLimits) -> Int {
        promptBytes + items * Self.messageOverhead + Self.templateOverhead + (hasTools ? model.toolsOverhead : 0)
            + images * (model.imageTokens ?? 0)
    }

    func bound(within model: TokenLimits, name: () -> String) throws(LineRefusal) -> TokenBound {
        guard images == 0 || model.imageTokens != nil else {
            throw LineRefusal(
                .unboundedContent,
                "an image has no token bound: state image_tokens of \"\(name())\" in models.toml, or image_usd")
        }
        let prompt = promptBound(within: model)
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

private func larger(_ one: Int?, _ other: Int?) -> Int? {
    guard let one, let other else { return one ?? other }
    return max(one, other)
}

private func smaller(_ one: Int?, _ other: Int?) -> Int? {
    guard let one, let other else { return one ?? other }
    return min(one, other)
}
