/// How models of an endpoint are sent by batch: keys `batch…` of `[endpoints.NAME]`.
package struct BatchInterface: Equatable, Sendable {
    package enum Kind: String, Sendable {
        /// Files and Batches (OpenAI API reference).
        case openAI = "openai"
        /// Message Batches (Anthropic API).
        case anthropic
    }

    /// What becomes of batches that are out when the daemon stops.
    package enum AtStop: String, Sendable {
        /// They go on, and the next start looks them up.
        case keep
        /// The provider is asked to end them; what is answered by then is billed, and used.
        case cancel
    }

    package var kind: Kind
    /// Between two looks at a batch.
    package var poll = Duration.seconds(60)
    package var atStop = AtStop.keep
    /// A batch that was asked for and not confirmed, and one that is known and gone, is looked up for so long, on the
    /// wall clock, before "there is none" is believed. No provider states within what time its list shows what was
    /// made.
    package var lookup = Duration.seconds(600)

    package init(_ kind: Kind) {
        self.kind = kind
        (linesMax, bytesMax) = kind == .openAI ? (50_000, 200_000_000) : (100_000, 256_000_000)
    }

    /// Of one batch, in lines and in bytes.
    package var linesMax: Int
    package var bytesMax: Int
    /// What a line of ours can be longer by than the line that was delivered: custom_id, model and limit.
    package static let bytesBeside = 1024
}
