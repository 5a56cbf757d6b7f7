import BatchCore
import Pipeline
import Spooling
import TestSupport
import Testing

@Suite(
    "An endpoint in trouble is asked by one request at a time, and is not overrun when it is back",
    .timeLimit(.minutes(6)))
struct CircuitBreakerTests {
    private let house: TestHouse

    init() throws {
        house = try TestHouse()
    }

    private func policies(_ change: (inout Policies) -> Void = { _ in }) -> Policies {
        .test {
            $0.lanes["other"] = $0.lane
            $0.lanes["other"]?.name = "other"
            change(&$0)
        }
    }

    @Test(
        "each pause ends with one request for all jobs, and its failure doubles the next pause",
        arguments: [StubBackend.Reply.refused, .status(401), .status(503), .status(429), .lost])
    func halfOpen(trouble: StubBackend.Reply) async throws {
        try house.drop((100..<112).map { line("p\($0)") })
        try house.drop((200..<212).map { line("p\($0)") }, as: "b.jsonl", lane: "other")
        // Down at first by a word that all can be sure of.
        let (isDown, isWell) = (Flag(), Flag())
        let backend = StubBackend { isWell.isRaised ? .good($0) : isDown.isRaised ? trouble : .status(401) }
        try await house.withDaemon(backend, policies()) { dispatcher in
            #expect(await eventually { await dispatcher.parkedJobs.count == 2 })
            isDown.raise()
            for pause in [2, 4, 8] {
                let sent = backend.sent.count
                house.clock.advance(by: .milliseconds(pause * 1000 - 1))
                dispatcher.send(.tick)
                dispatcher.send(.tick)
                #expect(await eventually { await dispatcher.parkedJobs.count == 2 })
                #expect(backend.sent.count == sent, "\(pause) s are not over")
                house.clock.advance(by: .milliseconds(1))
                dispatcher.send(.tick)
                #expect(await eventually { backend.sent.count > sent })
                #expect(await eventually { await dispatcher.parkedJobs.count == 2 })
                #expect(backend.sent.count == sent + 1, "after \(pause) s")
            }
            isWell.raise()
            house.clock.advance(by: .seconds(60))
            dispatcher.send(.tick)
            try await house.wait(for: "done", 2)
        }
        #expect(house.events.count("endpoint.unavailable") == 1 && house.events.count("endpoint.recovered") == 1)
    }

    @Test("after it one is sent, then two, then four")
    func slowStart() async throws {
        try house.drop((100..<140).map { line("p\($0)") })
        var policies = policies()
        policies.lane.concurrency = 16
        policies.lane.shardLines = 40
        let isWell = Flag()
        let backend = StubBackend { isWell.isRaised ? .held(answer("Echo \($0.prompt)")) : .status(401) }
        try await house.withDaemon(backend, policies) { dispatcher in
            #expect(await eventually { await !dispatcher.parkedJobs.isEmpty })
            isWell.raise()
            house.clock.advance(by: .seconds(2))
            dispatcher.send(.tick)
            for expected in [1, 2, 4, 8] {
                #expect(await eventually { backend.heldCount == expected })
                // Time for more of them, if there were more.
                dispatcher.send(.tick)
                #expect(await eventually { backend.heldCount == expected })
                backend.releaseHeld()
            }
            backend.release()
            try await house.wait(for: "done")
        }
    }

    @Test("a refused key stops its endpoint, not the file of another one, and is said once", arguments: [401, 403])
    func refusedKey(status: Int) async throws {
        try house.drop((100..<112).map { line("p\($0)") })
        try house.drop((200..<212).map { line("p\($0)", model: "n") }, as: "b.jsonl", lane: "other")
        let policies = policies {
            $0.catalogue.endpoints["far"] = Endpoint(name: "far", url: "http://far")
            $0.catalogue.models["n"]?.endpoint = "far"
        }
        let backend = StubBackend { $0.model == "m" ? .status(status) : .good($0) }
        let (end, dispatcher) = try await house.start(backend, policies)
        #expect(end == .idle(parked: 1))
        #expect(try house.only("done").count("lines", "answered") == 12)
        #expect(backend.sent.count { $0.model == "m" } <= 4, "the lane's concurrency, and no more")
        #expect(house.events.count("endpoint.unavailable") == 1)
        guard case .endpoint(name: "local", let reason, _)? = await dispatcher.parkedJobs.values.first else {
            Issue.record("its job waits for the endpoint")
            return
        }
        #expect(reason.contains("\(status)"))
    }

    @Test("when the share of retries is used up the job waits, and no line fails")
    func retryShare() async throws {
        try house.drop((100..<300).map { line("p\($0)") })
        var policies = policies { $0.catalogue.endpoints["local"]?.retryShare = 0.1 }
        policies.lane.shardLines = 200
        let isWell = Flag()
        let backend = StubBackend { $0.time == 1 && !isWell.isRaised ? .status(500) : .good($0) }
        try await house.withDaemon(backend, policies) { dispatcher in
            #expect(await eventually { await !dispatcher.parkedJobs.isEmpty })
            let sent = backend.sent
            let firsts = sent.count { $0.time == 1 }
            #expect(sent.count - firsts >= RetryBudget.floor)
            #expect(Double(sent.count - firsts) <= Double(RetryBudget.floor) + 0.1 * Double(firsts))
            guard case .endpoint(name: "local", let reason, _)? = await dispatcher.parkedJobs.values.first else {
                Issue.record("its job waits for the endpoint")
                return
            }
            #expect(reason.contains("retry_share"))
            isWell.raise()
            house.clock.advance(by: .seconds(2))
            dispatcher.send(.tick)
            try await house.wait(for: "done")
        }
        #expect(try house.only("done").count("lines", "answered") == 200)
    }
}
