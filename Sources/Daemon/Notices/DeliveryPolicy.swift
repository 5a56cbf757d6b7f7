package import Configuration

/// When a notice that did not get through is sent again, as a pure value: four times the pause before, up to a day,
/// with jitter. With a first pause of five seconds a webhook gets ten attempts over three days, as the Standard
/// Webhooks specification recommends; a program gets six in an hour, since one that goes on failing is not going to be
/// mended by itself.
package struct DeliveryPolicy: Equatable, Sendable {
    /// The first pause; everything else keeps its ratio to it.
    package let base: Duration
    /// From the event to the last attempt.
    package let lifetime: Duration

    package init(for receiver: NoticeReceiver, _ policy: NotifyPolicy) {
        base = policy.retryBase
        lifetime = base * (receiver == .webhook ? 51_840 : 720)
    }

    private var longestPause: Duration { base * 17_280 }

    /// For how long the receiver is left alone with everything that waits, where it asks for that (429, 503): a pause
    /// of one notice keeps no other from it. Ten minutes at the most, as it may be back before.
    package func rest(retryAfter: Duration?) -> Duration { min(retryAfter ?? .zero, base * 120) }

    /// - Parameters:
    ///   - failures: of this process, at least one: a restart asks again at once.
    ///   - age: of the event, on the wall clock.
    ///   - retryAfter: what the receiver asked for.
    ///   - random: uniform in 0..<1.
    /// - Returns: nil: it is given up.
    package func pause(afterFailures failures: Int, age: Duration, retryAfter: Duration?, random: Double) -> Duration? {
        var pause = base
        for _ in 1..<max(1, failures) where pause < longestPause { pause = min(pause * 4, longestPause) }
        pause = max(pause * (0.75 + random / 2), min(retryAfter ?? .zero, longestPause))
        return age + pause > lifetime ? nil : pause
    }
}
