import BatchCore
import Synchronization

/// The gate of one endpoint: one line, first come, first served.
final class EndpointGate: Sendable {
    private struct State {
        var rates: RateWindow
        var concurrency: ConcurrencyLimit
        var retries: RetryBudget
        /// Requests in line, the one that is asked for included.
        var inLine = 0
        /// Counts what may make room.
        var changes = 0
        /// The first in line, while it waits for one.
        var first: CheckedContinuation<Void, Never>?
    }

    private enum Decision {
        case go(EndpointTraffic.Pass)
        /// - Parameter since: the changes that it knows of.
        case wait(until: SteadyClock.Instant?, since: Int)
    }

    /// How soon the first in line notices that there is no more reason to wait.
    private static let step = Duration.milliseconds(100)

    /// Taken by the one who is asked for next.
    private let turn = RequestSlots(1)
    private let clock: SteadyClock
    private let state: Mutex<State>

    init(_ endpoint: Endpoint?, hasFailed: Bool, clock: SteadyClock) {
        let (endpoint, now) = (endpoint ?? Endpoint(name: "", url: ""), clock.now)
        self.clock = clock
        state = Mutex(
            State(
                rates: RateWindow(endpoint.limits, at: now),
                concurrency: ConcurrencyLimit(ceiling: endpoint.concurrency ?? .max, hasFailed: hasFailed, at: now),
                retries: RetryBudget(share: endpoint.retryShare)))
    }

    func limit(as endpoint: Endpoint?) {
        let endpoint = endpoint ?? Endpoint(name: "", url: "")
        change { state in
            state.rates.limits = endpoint.limits
            state.concurrency.ceiling = endpoint.concurrency ?? .max
            state.retries.share = endpoint.retryShare
        }
    }

    func pass(worstCase: Int, while mayGoOn: @escaping @Sendable () -> Bool) async throws -> EndpointTraffic.Pass? {
        guard mayGoOn() else { return nil }
        // Where there is room nobody stands in a line.
        if let pass = state.withLock({ passFreely(&$0, worstCase) }) { return pass }
        defer { state.withLock { $0.inLine -= 1 } }
        guard await turn.take(while: mayGoOn) else { return nil }
        do {
            let pass = try await passInTurn(worstCase, while: mayGoOn)
            turn.giveBack()
            return pass
        } catch {
            turn.giveBack()
            throw error
        }
    }

    func end(_ pass: EndpointTraffic.Pass, _ end: EndpointTraffic.End) {
        change { state in
            let now = clock.now
            state.rates.end(pass.rate, end.rate, at: now)
            if let report = end.report { state.rates.tell(report, at: now) }
            state.concurrency.end(pass.concurrency, end.load, at: now)
        }
    }

    /// Sends away those in line who have no reason to wait any more. The first of it looks by itself.
    func letGo() { turn.letGo() }

    func mayBegin(isRetry: Bool) -> Bool {
        state.withLock { state in
            if isRetry { return state.retries.takeRetry() }
            state.retries.noteFirst()
            return true
        }
    }

    func fall() { state.withLock { $0.concurrency.fall() } }

    func close(for pause: Duration) {
        let end = clock.now + pause
        state.withLock { $0.rates.close(until: end) }
    }

    /// - Returns: nil: it stands in line from now on.
    private func passFreely(_ state: inout State, _ worstCase: Int) -> EndpointTraffic.Pass? {
        let now = clock.now
        if state.inLine == 0, let concurrency = state.concurrency.begin(at: now) {
            if let rate = state.rates.passFreely(worstCase: worstCase, at: now) {
                return EndpointTraffic.Pass(gate: self, rate: rate, concurrency: concurrency)
            }
            state.concurrency.end(concurrency, .other, at: now)
        }
        state.inLine += 1
        return nil
    }

    private func passInTurn(_ worstCase: Int, while mayGoOn: () -> Bool) async throws -> EndpointTraffic.Pass? {
        while mayGoOn() {
            let now = clock.now
            switch state.withLock({ ask(&$0, worstCase, at: now) }) {
            case .go(let pass): return pass
            case .wait(let instant, let changes):
                let step = now + Self.step
                try await wait(until: min(instant ?? step, step), orChangeSince: changes)
            }
        }
        return nil
    }

    private func ask(
        _ state: inout State, _ worstCase: Int, at now: SteadyClock.Instant
    ) -> Decision {
        guard let concurrency = state.concurrency.begin(at: now) else { return .wait(until: nil, since: state.changes) }
        switch state.rates.ask(worstCase: worstCase, at: now) {
        case .go(let rate): return .go(EndpointTraffic.Pass(gate: self, rate: rate, concurrency: concurrency))
        case .wait(let until):
            state.concurrency.end(concurrency, .other, at: now)
            state.concurrency.heldBack(at: now)
            return .wait(until: until, since: state.changes)
        }
    }

    private func change(_ body: (inout State) -> Void) {
        state.withLock { state in
            body(&state)
            state.changes += 1
            state.first?.resume()
            state.first = nil
        }
    }

    private func wait(until instant: SteadyClock.Instant, orChangeSince changes: Int) async throws {
        try await withThrowingTaskGroup { group in
            group.addTask { try await self.clock.sleep(until: instant) }
            group.addTask { await self.change(since: changes) }
            try await group.next()
            group.cancelAll()
        }
    }

    /// Returns when something may have made room since, or when the task is cancelled.
    private func change(since changes: Int) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if state.changes != changes || Task.isCancelled { return true }
                    state.first = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            change { _ in }
        }
    }
}
