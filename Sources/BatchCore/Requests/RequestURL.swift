/// The interfaces that a request line may name.
package enum RequestURL: String, Hashable, Sendable, CaseIterable {
    case chatCompletions = "/v1/chat/completions"
    case completions = "/v1/completions"
    case embeddings = "/v1/embeddings"
    case responses = "/v1/responses"

    /// Members of the body that do not change the answer, and so are not in the request key. `stream` can only be
    /// false here: a line that asks for a stream is refused.
    package var ignoredMembers: [StaticString] {
        switch self {
        case .chatCompletions, .responses:
            ["metadata", "prompt_cache_key", "safety_identifier", "store", "stream", "stream_options", "user"]
        case .completions: ["stream", "stream_options", "user"]
        case .embeddings: ["user"]
        }
    }

    /// The members that bound the completion, the one that is put in where none is given first.
    var completionLimits: [StaticString] {
        switch self {
        case .chatCompletions: ["max_tokens", "max_completion_tokens"]
        case .completions: ["max_tokens"]
        case .responses: ["max_output_tokens"]
        case .embeddings: []
        }
    }
}
