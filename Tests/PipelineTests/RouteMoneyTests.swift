import BatchCore
import DurableFiles
import Ledgers
import Pipeline
import Spooling
import TestSupport
import Testing

@Suite("A route has as much money, and as many endpoints, as its models together", .timeLimit(.minutes(6)))
struct RouteMoneyTests {
    private let house: TestHouse
    private let actual = Money(picodollars: 20_000_000)

    init() throws {
        house = try TestHouse()
    }

    /// `r` goes to `m`, then to `n`; `n` has an endpoint of its own. A line of four letters has one worst case.
    private func policies(_ whenExhausted: BudgetPolicy.Exhaustion = .park) throws -> Policies {
        var policies = Policies.test {
            $0.budget.whenExhausted = whenExhausted
            $0.catalogue.routes = ["r": Route(name: "r", models: ["m", "n"])]
            $0.catalogue.endpoints["other"] = Endpoint(name: "other", url: "http://other")
            $0.catalogue.models["n"]?.endpoint = "other"
        }
        let worst = try worstCase(of: line("p100"), policies).usd
        policies.budget.models = ["m": Cap(usd: worst + actual), "n": Cap(usd: worst)]
        return policies
    }

    private func waits() throws -> Bool {
        try house.spool.jobs().contains {
            try house.spool.job($0).state()?.reason.contains("waits for what is set aside elsewhere") == true
        }
    }

    @Test(
        "money that may be freed for one model is waited for, although another has none left",
        arguments: [BudgetPolicy.Exhaustion.park, .reject])
    func freed(whenExhausted: BudgetPolicy.Exhaustion) async throws {
        let policies = try policies(whenExhausted)
        let backend = StubBackend { $0.prompt == "hold" ? .held(answer("Echo hold")) : .good($0) }
        try house.drop([line("last", model: "n")], as: "n.jsonl")
        try await house.start(backend, policies)
        try await house.withDaemon(backend, policies) { dispatcher in
            try house.drop([line("hold")], as: "m.jsonl")
            dispatcher.send(.scan)
            #expect(await eventually { backend.heldCount == 1 })
            try house.drop([line("p100", model: "r")], as: "r.jsonl")
            dispatcher.send(.scan)
            let isSo = try await eventually { try waits() || house.events.count("job.parked") > 0 }
            #expect(isSo)
            backend.release()
            try await house.wait(for: "done", 3)
        }
        #expect(house.events.count("job.parked") == 0 && house.events.count("budget.exhausted") == 0)
        #expect(backend.sent.last?.model == "m")
    }

    @Test(
        "an endpoint that is asked again soon is waited for, although the other model has no money",
        arguments: [("m", "other"), ("n", "local")])
    func trouble(exhausted: String, endpoint: String) async throws {
        var policies = try policies(.reject)
        policies.budget.models[exhausted] = Cap(usd: try worstCase(of: line("p100"), policies).usd)
        try house.drop([line("last", model: exhausted)], as: "first.jsonl")
        let backend = StubBackend()
        try await house.start(backend, policies)
        try house.drop([line("p100", model: "r")], as: "r.jsonl")
        let now = house.clock.now
        let (end, dispatcher) = try await house.start(backend, policies) {
            _ = $0.endpoints.fail(endpoint, "it is away", at: now)
        }
        #expect(end == .idle(parked: 1))
        guard case .endpoint(let name, _, _)? = await dispatcher.parkedJobs.values.first else {
            Issue.record("it does not wait for the endpoint")
            return
        }
        #expect(name == endpoint)
    }

    @Test("a job that waits for one model goes on when the configuration gives money to another")
    func reloaded() async throws {
        var policies = try policies()
        policies.budget.models["m"] = policies.budget.models["n"]
        try house.drop([line("one1"), line("one2", model: "n")], as: "first.jsonl")
        let backend = StubBackend()
        try await house.start(backend, policies)
        try house.drop([line("p100", model: "r")], as: "r.jsonl")
        try await house.withDaemon(backend, policies) { dispatcher in
            #expect(await eventually { await !dispatcher.parkedJobs.isEmpty })
            var richer = policies
            richer.budget.models["m"] = Cap()
            dispatcher.send(.reload(richer))
            dispatcher.send(.tick)
            try await house.wait(for: "done", 2)
        }
        #expect(backend.sent.last?.model == "m")
    }

    @Test("who parks gives up its place among those who wait for money")
    func ghost() async throws {
        var policies = try policies()
        policies.budget.models = [:]
        policies.lane.concurrency = 32
        policies.lane.shardLines = 1
        let large = line("huge" + String(repeating: "x", count: 4000))
        let worst = try worstCase(of: large, policies).usd
        policies.budget.day = Cap(usd: worst + worst)
        let backend = StubBackend { $0.prompt.hasPrefix("hold") ? .held(answer("Echo hold")) : .good($0) }
        let services = try house.services(backend, policies)
        let dispatcher = Dispatcher(services: services, policies: policies, untilIdle: false)
        async let end = dispatcher.run()
        let held = line("hold" + String(repeating: "x", count: 4000), model: "n")
        try house.drop([held], as: "held.jsonl")
        dispatcher.send(.scan)
        #expect(await eventually { backend.heldCount == 1 })
        try house.drop([line("p100", model: "n")], as: "small.jsonl")
        dispatcher.send(.scan)
        try await house.wait(for: "done")
        // What is left does not pay for it, until the one that is held comes back.
        try house.drop([large], as: "large.jsonl")
        dispatcher.send(.scan)
        let isSo2 = try await eventually { try waits() }
        #expect(isSo2)
        try house.drop((200..<230).map { line("p\($0)", model: "n") }, as: "many.jsonl")
        dispatcher.send(.scan)
        #expect(await eventually { backend.sent.count == 2 + 16 }, "then the money is kept for the large one")
        _ = services.endpoints.noteFault(of: "local", limit: 1)
        await services.ledger.wakeWaiting()
        let isDone = try await eventually { try house.names("done").count == 2 }
        #expect(isDone, "what was kept for it is there for others")
        backend.release()
        dispatcher.send(.stop)
        _ = try await end
    }

    @Test("what asks for a model that has no money does not hold back what asks for another", arguments: [0, 1])
    func otherKinds(canary: Int) async throws {
        var policies = Policies.test(canary: canary) { $0.lane.concurrency = 1 }
        policies.budget.models = ["m": Cap(usd: try worstCase(of: line("p100")).usd)]
        try house.drop((100..<112).map { line("p\($0)") } + (200..<212).map { line("p\($0)", model: "n") })
        let backend = StubBackend()
        let (end, _) = try await house.start(backend, policies)
        #expect(end == .idle(parked: 1))
        #expect(backend.sent.count { $0.model == "n" } == 12 && backend.sent.count { $0.model == "m" } == 1)
    }
}
