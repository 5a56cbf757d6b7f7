import Configuration
import Daemon
import Testing

@Suite("A notice that does not get through is sent again with growing pauses, then given up")
struct DeliveryPolicyTests {
    private let webhook = DeliveryPolicy(for: .webhook, NotifyPolicy())
    private let program = DeliveryPolicy(for: .exec, NotifyPolicy())

    private func pause(_ failures: Int, _ policy: DeliveryPolicy, random: Double = 0.5) -> Duration? {
        policy.pause(afterFailures: failures, age: .zero, retryAfter: nil, random: random)
    }

    @Test("four times the pause before, at most a day, a quarter more or less")
    func growing() {
        #expect((1...4).map { pause($0, webhook) } == [5, 20, 80, 320].map { .seconds($0) })
        #expect(pause(9, webhook) == .seconds(86_400) && pause(1_000_000, webhook) == .seconds(86_400))
        #expect(pause(1, webhook, random: 0) == .milliseconds(3750))
        #expect(pause(2, webhook, random: 0.999) ?? .zero > .milliseconds(24_900))
    }

    /// Attempts of a receiver that never answers.
    private func attempts(_ policy: DeliveryPolicy) -> Int {
        var (age, count) = (Duration.zero, 1)
        while let next = policy.pause(afterFailures: count, age: age, retryAfter: nil, random: 0.5), count < 100 {
            age += next
            count += 1
        }
        return count
    }

    @Test("a webhook gets ten attempts over three days, a program six in an hour")
    func lifetime() {
        #expect(attempts(webhook) == 10)
        #expect(attempts(program) == 6)
    }

    @Test("what is too old is given up after the one attempt that a start makes")
    func old() {
        #expect(webhook.pause(afterFailures: 1, age: .seconds(4 * 86_400), retryAfter: nil, random: 0) == nil)
    }

    @Test("Retry-After goes before a shorter pause, up to a day")
    func retryAfter() {
        func pause(_ wanted: Duration) -> Duration? {
            webhook.pause(afterFailures: 1, age: .zero, retryAfter: wanted, random: 0.5)
        }
        #expect(pause(.seconds(60)) == .seconds(60) && pause(.seconds(1)) == .seconds(5))
        #expect(pause(.seconds(1_000_000)) == .seconds(86_400))
    }
}
