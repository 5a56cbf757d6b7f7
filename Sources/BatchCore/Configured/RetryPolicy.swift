/// How often and after which pauses one request is tried: exponential backoff with full jitter
/// ("Exponential Backoff And Jitter", AWS Architecture Blog, 2015).
package struct RetryPolicy: Equatable, Sendable {
    /// Attempts for one line altogether, the first included.
    package var attempts = 4
    package var base = Duration.milliseconds(500)
    package var cap = Duration.seconds(60)
    /// From the first byte sent to the last byte read.
    package var requestTimeout = Duration.seconds(120)

    /// No server is believed that asks for more.
    static let longestRetryAfter = Duration.seconds(3600)

    package init() {}

    /// The pause before attempt `attempt + 1`.
    /// - Parameters:
    ///   - attempt: attempts made so far, 1 or more.
    ///   - retryAfter: what the server asked for; obeyed, up to an hour, even where it is longer than `cap`.
    ///   - random: uniform in 0..<1.
    package func pause(afterAttempt attempt: Int, retryAfter: Duration?, random: Double) -> Duration {
        let ceiling = min(cap, base * (1 << min(attempt - 1, 20)))
        let jittered = ceiling * random
        guard let retryAfter else { return jittered }
        return max(min(retryAfter, Self.longestRetryAfter), .zero) + min(jittered, base)
    }
}
