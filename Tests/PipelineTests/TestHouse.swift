import Backends
import BatchCore
import DurableFiles
import Gates
import Ledgers
import Logging
import Pipeline
import Spooling
import Synchronization
import SystemPackage
import TestSupport

/// A spool with everything around it. Each `start` is a new process on the same directory: it opens the books anew, and
/// knows nothing but what is on disk.
final class TestHouse: Sendable {
    let directory: TemporaryDirectory
    let spool: Spool
    let clock = TestClock()
    let events = LogEvents()
    let stop = Flag()

    init() throws {
        directory = try TemporaryDirectory()
        spool = Spool(directory.path)
        try spool.prepare()
    }

    func drop(_ lines: [String], as name: String = "a.jsonl", lane: String? = nil) throws {
        try drop(lines.map { $0 + "\n" }.joined(), as: name, lane: lane)
    }

    func drop(_ text: String, as name: String = "a.jsonl", lane: String? = nil) throws {
        let inbox = lane.map { spool.inbox.appending($0) } ?? spool.inbox
        _ = try DurableFile.makeDirectory(inbox)
        try DurableFile.publish(Array(text.utf8), to: inbox.appending(name), durable: false)
    }

    /// What a process that starts now works with.
    func services(_ backend: any CompletionBackend, _ policies: Policies) throws -> Services {
        let clock = clock
        let now: @Sendable () -> Timestamp = { clock.now }
        return Services(
            spool: spool,
            ledger: try FileBudgetLedger(
                in: spool.budget, openedDays: spool.openedDays, policy: policies.budget,
                days: try Ledgers.BudgetFile.days(in: spool.budget), now: now),
            hashLog: try FileHashLog(in: spool.hashlog, now: now), backend: backend, endpoints: EndpointHealth(),
            inFlight: InFlightRequests(),
            drift: DriftWatch(spool, policies, at: now()) { [events] in
                events.logger.warning("drift.remark", metadata: ["reason": "\($0)"])
            },
            logger: events.logger, now: now, random: { Double.random(in: 0..<1) },
            apiKey: { _ in nil }, isStopping: { [stop] in stop.isRaised })
    }

    /// Recovers and works until nothing can move.
    @discardableResult
    func start(
        _ backend: any CompletionBackend, _ policies: Policies = .test(),
        _ change: (inout Services) -> Void = { _ in }
    ) async throws -> (end: DispatcherEnd, dispatcher: Dispatcher) {
        var services = try services(backend, policies)
        change(&services)
        let dispatcher = Dispatcher(services: services, policies: policies, untilIdle: true)
        try await dispatcher.recover()
        return (try await dispatcher.run(), dispatcher)
    }

    /// The same for a daemon, which goes on until it is told to stop.
    func withDaemon(
        _ backend: any CompletionBackend, _ policies: Policies = .test(),
        _ body: (Dispatcher) async throws -> Void
    ) async throws {
        let dispatcher = Dispatcher(services: try services(backend, policies), policies: policies, untilIdle: false)
        try await dispatcher.recover()
        async let end = dispatcher.run()
        do { try await body(dispatcher) } catch {
            dispatcher.send(.stop)
            _ = try await end
            throw error
        }
        dispatcher.send(.stop)
        _ = try await end
    }
}

/// A wall clock that stands still until it is set.
final class TestClock: Sendable {
    private let time = Mutex(Timestamp("2026-11-24T10:00:00Z") ?? Timestamp(seconds: 0))

    var now: Timestamp { time.withLock { $0 } }

    func advance(by duration: Duration) { time.withLock { $0 = $0 + duration } }
}

extension Policies {
    /// One endpoint, two models `m` and `n` at a dollar (in) and two (out) a million tokens, retries without pauses.
    static func test(canary: Int = 0, _ change: (inout Policies) -> Void = { _ in }) -> Policies {
        var gate = GatePolicy()
        gate.canaryLines = canary
        gate.checks.mustMatch = ["^Echo"]
        var lane = Lane(name: Lane.defaultName)
        lane.concurrency = 4
        lane.shardLines = 4
        lane.badLines = 0.5
        lane.settle = .zero
        var retry = RetryPolicy()
        retry.base = .zero
        let price = Price(input: Money(picodollars: 1_000_000), output: Money(picodollars: 2_000_000))
        let model = Model(name: "m", endpoint: "local", price: price, maxOutputTokens: 100)
        var other = model
        other.name = "n"
        var policies = Policies(
            schedule: Scheduler.Rules(lanes: [lane.name: lane], concurrency: 64), retry: retry, budget: BudgetPolicy(),
            catalogue: ModelCatalogue(
                endpoints: ["local": Endpoint(name: "local", url: "http://local")], models: ["m": model, "n": other]),
            gates: .checked(gate))
        change(&policies)
        return policies
    }

    /// The default lane.
    var lane: Lane {
        get { lane(Lane.defaultName) }
        set { lanes[Lane.defaultName] = newValue }
    }
}

extension LaneGates {
    static func checked(_ policy: GatePolicy) -> LaneGates {
        var policies = GatePolicies()
        policies.standard = policy
        do { return try LaneGates(policies) } catch { preconditionFailure("\(error)") }
    }
}

/// One line of a batch. Lines whose prompts have one length have one worst case.
func line(_ prompt: String, id: String? = nil, model: String = "m") -> String {
    let body = #"{"model":"\#(model)","messages":[{"role":"user","content":"\#(prompt)"}]}"#
    return #"{"custom_id":"\#(id ?? prompt)","method":"POST","url":"/v1/chat/completions","body":\#(body)}"#
}

/// What one attempt on such a line is charged at the most.
func worstCase(of line: String, _ policies: Policies = .test()) throws -> Amount {
    var reader = RequestReader(catalogue: policies.catalogue)
    return try reader.read(Array(line.utf8).span).worstCase
}
