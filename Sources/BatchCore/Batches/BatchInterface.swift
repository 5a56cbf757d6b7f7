/// How models of an endpoint are sent by batch: keys `batch…` of `[endpoints.NAME]`.
package struct BatchInterface: Equatable, Sendable {
    package enum Kind: String, Sendable {
        /// Files and Batches (OpenAI API reference).
        case openAI = "openai"
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

    package init(_ kind: Kind) {
        self.kind = kind
    }

    /// Of one batch, in lines and in bytes.
    package var linesMax = 50_000
    package var bytesMax = 200_000_000
    /// What a line of ours can be longer by than the line that was delivered: custom_id, model and limit.
    package static let bytesBeside = 1024
}
