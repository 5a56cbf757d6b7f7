/// What a model declares of tokens: the numbers that a bound is made of, without the texts around them.
struct TokenLimits {
    let maxOutputTokens: Int
    let contextTokens: Int?
    let imageTokens: Int?
    let reasoningBesideLimit: Int
    let toolsOverhead: Int

    init(_ model: Model) {
        maxOutputTokens = model.maxOutputTokens
        contextTokens = model.contextTokens
        imageTokens = model.imageTokens
        reasoningBesideLimit = model.reasoningBesideLimit
        toolsOverhead = model.interface.toolsOverhead
    }
}
