/// The interfaces that a request line may name.
package enum RequestURL: String, Hashable, Sendable, CaseIterable {
    case chatCompletions = "/v1/chat/completions"
    case completions = "/v1/completions"
    case embeddings = "/v1/embeddings"
    case responses = "/v1/responses"
    /// Anthropic's.
    case messages = "/v1/messages"

    /// The url that the string is; nil: it is none of them.
    @inline(__always)
    init?(_ node: Int, of tape: JSONTape, in text: Span<UInt8>) {
        if tape.equals(node, "/v1/chat/completions", in: text) {
            self = .chatCompletions
        } else if tape.equals(node, "/v1/completions", in: text) {
            self = .completions
        } else if tape.equals(node, "/v1/embeddings", in: text) {
            self = .embeddings
        } else if tape.equals(node, "/v1/responses", in: text) {
            self = .responses
        } else if tape.equals(node, "/v1/messages", in: text) {
            self = .messages
        } else {
            return nil
        }
    }

    /// Members of the body that do not change the answer, and so are not in the request key. `stream` can only be
    /// false here: a line that asks for a stream is refused.
    var ignoredMembers: IgnoredMembers {
        switch self {
        case .chatCompletions, .responses: .ofChat
        case .completions: .ofCompletions
        case .embeddings: .ofEmbeddings
        case .messages: .ofMessages
        }
    }

    /// The member that bounds the completion where the line states none; nil: there is no completion.
    var injectedLimit: (member: BodyMember, name: StaticString)? {
        switch self {
        case .chatCompletions, .completions, .messages: (.maxTokens, "max_tokens")
        case .responses: (.maxOutputTokens, "max_output_tokens")
        case .embeddings: nil
        }
    }
}

/// The same names as a list and as a set: most bodies have none of them, which the set tells at once.
struct IgnoredMembers {
    let list: [BodyMember]
    let set: MemberSet

    private init(_ list: [BodyMember]) {
        self.list = list
        set = MemberSet(list)
    }

    static let ofChat = IgnoredMembers([
        .metadata, .promptCacheKey, .safetyIdentifier, .store, .stream, .streamOptions, .user,
    ])
    static let ofCompletions = IgnoredMembers([.stream, .streamOptions, .user])
    static let ofEmbeddings = IgnoredMembers([.user])
    static let ofMessages = IgnoredMembers([.metadata, .stream])
}
