package import BatchCore
import Synchronization

/// The gates of the endpoints, one for all jobs and lanes: a request passes when its endpoint may be sent more, first
/// come, first served.
package final class EndpointTraffic: Sendable {
    /// The permission to send one request. It ends by `end`.
    struct Pass: Sendable {
        let gate: EndpointGate
        let rate: RateWindow.Pass
        let concurrency: ConcurrencyLimit.Pass
    }

    /// What became of a request.
    struct End: Sendable {
        /// As far as the server counts.
        var rate = RateWindow.End.unsent
        var load = ConcurrencyLimit.End.other
        var report: RateReport?
    }

    private struct State {
        var endpoints: [String: Endpoint] = [:]
        var gates: [String: EndpointGate] = [:]
        /// Of long pauses, by the wall clock.
        var pauseEnds: [String: Timestamp] = [:]
    }

    private let state = Mutex(State())
    private let inTrouble: Set<String>
    private let clock: SteadyClock
    private let begun = Atomic<UInt64>(0)
    private let ended = Atomic<UInt64>(0)

    /// - Parameter inTrouble: endpoints that an earlier process left in trouble: each is asked by one request at first.
    package init(inTrouble: [String] = [], clock: SteadyClock = .machine) {
        self.clock = clock
        self.inTrouble = Set(inTrouble)
    }

    /// The limits that hold from now on, also for jobs that began under others: the server knows of no jobs.
    package func limit(by catalogue: ModelCatalogue) {
        state.withLock { state in
            state.endpoints = catalogue.endpoints
            for (name, gate) in state.gates { gate.limit(as: state.endpoints[name]) }
        }
    }

    /// Waits until the endpoint may be sent a request.
    /// - Parameter worstCase: the tokens that it cannot exceed.
    /// - Returns: what must be given to `end`; nil: there is no more reason to wait.
    func pass(
        _ endpoint: String, worstCase: Int, while mayGoOn: @escaping @Sendable () -> Bool
    ) async throws -> Pass? {
        let pass = try await gate(of: endpoint).pass(worstCase: worstCase, while: mayGoOn)
        if pass != nil { begun.add(1, ordering: .relaxed) }
        return pass
    }

    func end(_ pass: Pass, _ end: End) {
        ended.add(1, ordering: .relaxed)
        pass.gate.end(pass, end)
    }

    /// For a watchdog: attempts that passed or ended so far, and whether one of them has not ended yet, its booking
    /// included.
    var progress: (moves: UInt64, hasOpen: Bool) {
        let ended = ended.load(ordering: .relaxed)
        let begun = begun.load(ordering: .relaxed)
        return (begun &+ ended, begun != ended)
    }

    /// Sends away those who have no reason to wait any more.
    func letGo() {
        for gate in state.withLock({ Array($0.gates.values) }) { gate.letGo() }
    }

    /// May the attempt be made that this pass is for? The first of a line always; more as the budget of retries says.
    func mayBegin(_ pass: Pass, isRetry: Bool) -> Bool { pass.gate.mayBegin(isRetry: isRetry) }

    /// The endpoint takes nothing now: one request asks whether it does again, then come twice as many each time.
    func fall(_ endpoint: String) { gate(of: endpoint).fall() }

    /// The server has asked for a pause: nobody sends it anything meanwhile.
    /// - Parameter end: of a pause that is worth a word.
    func close(_ endpoint: String, for pause: Duration, until end: Timestamp? = nil) {
        gate(of: endpoint).close(for: pause)
        // The gate keeps to the latest as well.
        if let end { state.withLock { $0.pauseEnds[endpoint] = max(end, $0.pauseEnds[endpoint] ?? end) } }
    }

    /// When the endpoint may be asked again; nil: it may be now, or soon.
    func pauseEnd(of endpoint: String, at now: Timestamp) -> Timestamp? {
        state.withLock { $0.pauseEnds[endpoint] }.flatMap { $0 > now ? $0 : nil }
    }

    private func gate(of endpoint: String) -> EndpointGate {
        state.withLock { state in
            if let gate = state.gates[endpoint] { return gate }
            let gate = EndpointGate(state.endpoints[endpoint], hasFailed: inTrouble.contains(endpoint), clock: clock)
            state.gates[endpoint] = gate
            return gate
        }
    }
}
