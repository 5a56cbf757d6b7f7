import Synchronization

/// How often each line of a shard was tried in this run, and until when it pauses. A restart begins anew but for what
/// was charged: what was interrupted is not the line's fault.
final class LineTries: Sendable {
    private struct State {
        var tries: [Int: Int] = [:]
        var notBefore: [Int: SteadyClock.Instant] = [:]
    }

    /// How soon a pause notices that there is no more reason to wait.
    private static let step = Duration.milliseconds(200)

    private let clock: SteadyClock
    private let state = Mutex(State())

    init(clock: SteadyClock) { self.clock = clock }

    /// - Parameter charged: attempts on the line that cost money in vain, earlier runs included: else a job that parks
    ///   in between would pay for one line for ever.
    /// - Returns: the number of this attempt, from 1.
    func begin(_ line: Int, charged: Int) -> Int {
        state.withLock { state in
            let number = max(state.tries[line, default: 0], charged) + 1
            state.tries[line] = number
            return number
        }
    }

    func postpone(_ line: Int, by pause: Duration) {
        let instant = clock.now + pause
        state.withLock { $0.notBefore[line] = instant }
    }

    func forget(_ line: Int) {
        state.withLock { $0.tries[line] = nil }
    }

    func isPostponed(_ line: Int) -> Bool { state.withLock { $0.notBefore[line] != nil } }

    /// Waits until the line may be tried again, or there is no reason to.
    func pause(before line: Int, while mayGoOn: () -> Bool) async throws {
        guard let instant = state.withLock({ $0.notBefore.removeValue(forKey: line) }) else { return }
        try await wait(until: instant, while: mayGoOn)
    }

    func wait(_ pause: Duration, while mayGoOn: () -> Bool) async throws {
        try await wait(until: clock.now + pause, while: mayGoOn)
    }

    private func wait(until instant: SteadyClock.Instant, while mayGoOn: () -> Bool) async throws {
        while mayGoOn(), clock.now < instant {
            try await clock.sleep(until: min(instant, clock.now + Self.step))
        }
    }
}
