/// What a request needs of the model that answers it, and what a model can, beside a text for a text.
package struct Capabilities: OptionSet, Hashable, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// Answers that fit a JSON Schema in the request.
    package static let jsonSchema = Capabilities(rawValue: 1)
    /// Calls of the tools, or functions, in the request.
    package static let tools = Capabilities(rawValue: 2)
    package static let images = Capabilities(rawValue: 4)
    /// Requests of /v1/embeddings.
    package static let embeddings = Capabilities(rawValue: 8)
    /// A request that says how much is to be thought before the answer.
    package static let reasoning = Capabilities(rawValue: 16)

    /// What a model is taken to have that states nothing.
    package static let all: Capabilities = [.jsonSchema, .tools, .images, .embeddings, .reasoning]

    /// As models.toml names them.
    package static let words: KeyValuePairs<String, Capabilities> = [
        "json_schema": .jsonSchema, "tools": .tools, "images": .images, "embeddings": .embeddings,
        "reasoning": .reasoning,
    ]

    package var names: [String] { Self.words.filter { contains($0.value) }.map(\.key) }
}
