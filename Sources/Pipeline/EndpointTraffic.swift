package import BatchCore
import Synchronization

/// The gates of the endpoints, one for all jobs and lanes: a request passes when its endpoint may be sent more, first
/// come, first served.
package final class EndpointTraffic: Sendable {
    private final class Gate: Sendable {
        /// Taken by the one who is asked for next.
        let turn = RequestSlots(1)
        let window: Mutex<RateWindow>

        init(_ limits: RateLimits) {
            window = Mutex(RateWindow(limits, at: .now))
        }
    }

    private struct State {
        var limits: [String: RateLimits] = [:]
        var gates: [String: Gate] = [:]
    }

    /// How soon the first in line notices an answer that makes room, other limits, or that there is no more reason to
    /// wait.
    private static let step = Duration.milliseconds(100)

    private let state = Mutex(State())

    package init() {}

    /// The limits that hold from now on, also for jobs that began under others: the server knows of no jobs.
    package func limit(by catalogue: ModelCatalogue) {
        state.withLock { state in
            state.limits = catalogue.endpoints.mapValues(\.limits)
            for (name, gate) in state.gates {
                gate.window.withLock { $0.limits = state.limits[name] ?? RateLimits() }
            }
        }
    }

    /// Waits until the endpoint may be sent a request.
    /// - Parameter worstCase: the tokens that it cannot exceed.
    /// - Returns: what must be given to `end`; nil: there is no more reason to wait.
    func pass(
        _ endpoint: String, worstCase: Int, while mayGoOn: @escaping @Sendable () -> Bool
    ) async throws -> RateWindow.Pass? {
        let gate = gate(of: endpoint)
        // Where nothing is limited nobody stands in a line.
        if mayGoOn(), let pass = gate.window.withLock({ $0.passFreely(worstCase: worstCase, at: .now) }) { return pass }
        guard await gate.turn.take(while: mayGoOn) else { return nil }
        do {
            let pass = try await pass(gate, worstCase, while: mayGoOn)
            gate.turn.giveBack()
            return pass
        } catch {
            gate.turn.giveBack()
            throw error
        }
    }

    private func pass(
        _ gate: Gate, _ worstCase: Int, while mayGoOn: () -> Bool
    ) async throws -> RateWindow.Pass? {
        while mayGoOn() {
            let now = ContinuousClock.now
            switch gate.window.withLock({ $0.ask(worstCase: worstCase, at: now) }) {
            case .go(let pass): return pass
            case .wait(let instant):
                let step = now + Self.step
                try await Task.sleep(until: min(instant ?? step, step))
            }
        }
        return nil
    }

    func end(_ pass: RateWindow.Pass, of endpoint: String, _ end: RateWindow.End) {
        gate(of: endpoint).window.withLock { $0.end(pass, end, at: .now) }
    }

    /// The server has asked for a pause: nobody sends it anything meanwhile.
    func close(_ endpoint: String, for pause: Duration) {
        gate(of: endpoint).window.withLock { $0.close(until: .now + pause) }
    }

    private func gate(of endpoint: String) -> Gate {
        state.withLock { state in
            if let gate = state.gates[endpoint] { return gate }
            let gate = Gate(state.limits[endpoint] ?? RateLimits())
            state.gates[endpoint] = gate
            return gate
        }
    }
}
