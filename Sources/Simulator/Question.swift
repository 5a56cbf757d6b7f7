import BatchCore

/// What a body asks for, as far as the answer depends on it.
struct Question: Equatable {
    let url: SimulatedURL
    /// As the request names it; every name is served.
    let model: String
    /// Tokens of each prompt: one for a chat or a response, one for each text of a completion or an embedding.
    let promptTokens: [Int]
    /// Answers for each prompt: `n`.
    let choices: Int
    /// The most completion tokens of one answer; nil: no bound.
    let maxTokens: Int?
    let form: AnswerForm
    /// Of each embedding.
    let dimensions: Int
    /// Embeddings as base64 of little-endian floats, which is what the official SDK asks for.
    let wantsBase64: Bool

    /// OpenAI's own bounds for `n` and `dimensions`, so that a mistaken request fails here as it would there.
    static let choicesMost = 128
    static let dimensionsMost = 3072

    init(reading body: [UInt8], for url: SimulatedURL) throws(QuestionError) {
        let reader = try QuestionReader(body)
        if reader.flag("stream") { throw QuestionError("answers are not streamed", param: "stream") }
        self.url = url
        model = try reader.text("model")
        promptTokens = try reader.promptTokens(for: url)
        choices = try reader.count("n", in: 1...Self.choicesMost) ?? 1
        maxTokens = try reader.maxTokens(for: url)
        form = try reader.form(for: url)
        dimensions = try reader.count("dimensions", in: 1...Self.dimensionsMost) ?? 8
        wantsBase64 = reader.optionalText("encoding_format") == "base64"
    }
}

/// Why a body cannot be answered: 400 with this message and the member it is about.
struct QuestionError: Error, Equatable {
    let message: String
    let param: String?

    init(_ message: String, param: String? = nil) {
        self.message = message
        self.param = param
    }
}
