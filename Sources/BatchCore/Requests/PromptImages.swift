/// The images of a prompt: no bytes of the body bound their tokens, only what a model declares does.
struct PromptImages: Equatable {
    var count = 0
    /// Bytes of those that are written into the body as data URLs. They are no text, so they are no tokens either.
    var dataBytes = 0
}
