/// What the members of a body say of its bounds.
struct BodyBounds {
    let members: BodyMembers
    let tape: JSONTape

    /// Refuses all but false and null: a lenient server takes `1` and `"true"` for true.
    func refuseStream() throws(LineRefusal) {
        if asksFor(.stream) {
            throw LineRefusal(.streaming, "stream is not false: a batch has whole answers; remove it")
        }
        if asksFor(.background) {
            throw LineRefusal(.invalidParameter, "background is not false: such an answer comes later; remove it")
        }
    }

    func asksFor(_ member: BodyMember) -> Bool {
        guard let node = members[member] else { return false }
        return tape.kind(node) != .false && tape.kind(node) != .null
    }

    /// A whole number from 1 up; nil where the member is absent or null.
    func count(_ member: BodyMember, _ name: StaticString, in text: Span<UInt8>) throws(LineRefusal) -> Int? {
        guard let node = members[member], tape.kind(node) != .null else { return nil }
        guard let value = tape.integer(node, in: text), value > 0 else {
            throw LineRefusal(.invalidParameter, "\(name) is no whole number from 1 up")
        }
        return value
    }

    /// The limits of the members that bound the completion at this url; nil: not stated, or there is none.
    func completionLimits(in text: Span<UInt8>, url: RequestURL) throws(LineRefusal) -> (Int?, Int?) {
        switch url {
        case .chatCompletions:
            (
                try count(.maxTokens, "max_tokens", in: text),
                try count(.maxCompletionTokens, "max_completion_tokens", in: text)
            )
        case .completions, .messages: (try count(.maxTokens, "max_tokens", in: text), nil)
        case .responses: (try count(.maxOutputTokens, "max_output_tokens", in: text), nil)
        case .embeddings: (nil, nil)
        }
    }

    /// What a model must be able to; tools and images are found elsewhere.
    func needs(in text: Span<UInt8>, body: Int, url: RequestURL) -> Capabilities {
        var needs: Capabilities = []
        if url == .embeddings { needs.insert(.embeddings) }
        if asksForSchema(in: text, body: body, url: url) { needs.insert(.jsonSchema) }
        if thinks(in: text, url: url) { needs.insert(.reasoning) }
        return needs
    }

    private func asksForSchema(in text: Span<UInt8>, body: Int, url: RequestURL) -> Bool {
        switch url {
        case .chatCompletions, .completions:
            members[.responseFormat].map { hasType("json_schema", $0, in: text) } ?? false
        case .responses:
            members[.text].flatMap { tape.member("format", of: $0, in: text) }
                .map { hasType("json_schema", $0, in: text) } ?? false
        case .messages: MessagesContent(tape: tape).asksForSchema(body: body, in: text)
        case .embeddings: false
        }
    }

    /// Each url has its own member for it, and servers that speak of chats know all three.
    private func thinks(in text: Span<UInt8>, url: RequestURL) -> Bool {
        func stated(_ member: BodyMember) -> Int? { members[member].flatMap { tape.kind($0) == .null ? nil : $0 } }
        if url == .completions || url == .embeddings { return false }
        let effort = stated(.reasoningEffort).map { !tape.equals($0, "none", in: text) } ?? false
        let reasoning = stated(.reasoning).map { node in
            tape.member("effort", of: node, in: text).map { !tape.equals($0, "none", in: text) } ?? true
        }
        let thinking = stated(.thinking).map { !hasType("disabled", $0, in: text) }
        return effort || reasoning ?? false || thinking ?? false
    }

    private func hasType(_ type: StaticString, _ node: Int, in text: Span<UInt8>) -> Bool {
        tape.member("type", of: node, in: text).map { tape.equals($0, type, in: text) } ?? false
    }

    func hasElements(_ member: BodyMember) -> Bool { members[member].map { tape.count($0) > 0 } ?? false }

    func items(url: RequestURL) -> Int {
        let member: BodyMember =
            switch url {
            case .chatCompletions, .messages: .messages
            case .completions: .prompt
            case .embeddings, .responses: .input
            }
        let list = members[member]
        guard let list, tape.kind(list) == .array else { return 1 }
        // A list of numbers is one text, given as tokens.
        if tape.count(list) > 0, tape.kind(list + 1) == .number { return 1 }
        return tape.count(list)
    }

    /// Only a number seeds: null is none, and what a server makes of anything else is not known.
    var hasSeed: Bool { members[.seed].map { tape.kind($0) == .number } ?? false }

    /// Is the temperature stated as 0?
    func isCold(in text: Span<UInt8>) -> Bool {
        members[.temperature].flatMap { tape.double($0, in: text) } == 0
    }
}

extension JSONTape {
    /// Is the node the string `word`?
    @inline(__always)
    package func equals(_ node: Int, _ word: StaticString, in text: Span<UInt8>) -> Bool {
        kind(node) == .string && isString(node, equalTo: word, in: text)
    }
}
