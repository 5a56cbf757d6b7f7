/// What an endpoint speaks; `interface` in models.toml.
package enum EndpointInterface: String, Sendable {
    case openAI = "openai"
    case anthropic

    /// The headers that say who asks, and by which rules.
    /// - Parameter key: nil: the endpoint wants none.
    package func headers(key: String?) -> [(name: String, value: String)] {
        switch self {
        case .openAI: []
        case .anthropic: [("anthropic-version", "2023-06-01")] + (key.map { [("x-api-key", $0)] } ?? [])
        }
    }

    /// The key as a Bearer token; nil: it goes another way, or there is none.
    package func bearerToken(key: String?) -> String? { self == .openAI ? key : nil }

    /// Tokens that a server may add to a prompt with tools, beside their own.
    var toolsOverhead: Int {
        switch self {
        case .openAI: 256
        // The system prompt that comes with tools has 264 to 530 tokens, by model (Anthropic, tool use, pricing): twice
        // that, as models come that are not in the list.
        case .anthropic: 1024
        }
    }

    /// The url that a request of `url` goes to there; nil: there is none for it.
    func place(for url: RequestURL) -> RequestURL? {
        switch (self, url) {
        case (.openAI, .messages): nil
        case (.openAI, _): url
        // A chat is translated, where nothing of it is lost (`ChatToMessages`).
        case (.anthropic, .messages), (.anthropic, .chatCompletions): .messages
        case (.anthropic, _): nil
        }
    }
}
