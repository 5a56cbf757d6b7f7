/// A request as it goes out to one model, with what is known of its answer before it comes.
package struct OutgoingRequest: Equatable, Sendable {
    package var body: [UInt8]
    /// On the model that it goes to.
    package var bound: TokenBound
    /// What is known of the prompt: bytes of the body, images that are written into it left out.
    package var promptBytes: Int
    /// The least of the limits that stand in the body: what ends one choice with the finish reason `length`.
    package var choiceLimit: Int
    /// The answer repeats the prompt (`echo`): its text says nothing about how many tokens were made.
    package var echoes: Bool
    /// Where it goes: another url than the line's if it was translated.
    package var url: RequestURL

    package init(
        body: [UInt8], bound: TokenBound, promptBytes: Int, choiceLimit: Int, echoes: Bool = false,
        url: RequestURL = .chatCompletions
    ) {
        self.url = url
        self.body = body
        self.bound = bound
        self.promptBytes = promptBytes
        self.choiceLimit = choiceLimit
        self.echoes = echoes
    }
}
