import Backends
import BatchCore
import Pipeline
import Spooling
import TestSupport
import Testing

@Suite("The limits of an endpoint hold over all jobs and lanes", .timeLimit(.minutes(6)))
struct EndpointTrafficTests {
    private let house: TestHouse

    init() throws {
        house = try TestHouse()
    }

    private func limited(to requests: Int?, tokens: Int? = nil) -> Policies {
        .test {
            $0.lanes["other"] = $0.lane
            $0.lanes["other"]?.name = "other"
            $0.catalogue.endpoints["local"]?.limits = RateLimits(requestsPerMinute: requests, tokensPerMinute: tokens)
        }
    }

    @Test("two lanes share a minute's requests; a configuration with more lets the rest go at once")
    func requests() async throws {
        try house.drop((100..<112).map { line("p\($0)") })
        try house.drop((200..<212).map { line("p\($0)") }, as: "b.jsonl", lane: "other")
        let backend = StubBackend()
        try await house.withDaemon(backend, limited(to: 7)) { dispatcher in
            #expect(await eventually { backend.sent.count == 7 })
            // Long enough for everything to go out that may.
            try house.drop([line("late")], as: "late.jsonl")
            dispatcher.send(.scan)
            #expect(try await eventually { try house.spool.jobs().count == 3 })
            #expect(backend.sent.count == 7)
            dispatcher.send(.reload(limited(to: 8)))
            #expect(await eventually { backend.sent.count == 8 })
            dispatcher.send(.reload(limited(to: nil)))
            try await house.wait(for: "done", 3)
        }
        #expect(backend.sent.count == 25)
    }

    @Test("a stop does not wait for the minute, and nothing is charged for what waited")
    func stopped() async throws {
        try house.drop((100..<112).map { line("p\($0)") })
        let backend = StubBackend()
        try await house.withDaemon(backend, limited(to: 5)) { dispatcher in
            #expect(await eventually { backend.sent.count == 5 })
            house.stop.raise()
            dispatcher.send(.stop)
        }
        #expect(backend.sent.count == 5)
        #expect(try house.book().open.isEmpty && house.book().unknown.isZero)
    }

    @Test("tokens in flight count at their worst case until answers have told what they take")
    func tokens() async throws {
        try house.drop((100..<130).map { line("p\($0)") })
        let worst = try worstCase(of: line("p100")).tokens
        let backend = StubBackend { .held(answer("Echo \($0.prompt)")) }
        var policies = limited(to: nil, tokens: 3 * worst)
        policies.lane.concurrency = 20
        try await house.withDaemon(backend, policies) { dispatcher in
            #expect(await eventually { backend.heldCount == 3 })
            // 15 tokens an answer; all of them do not fill the minute.
            #expect(backend.sent.count == 3)
            backend.release()
            try await house.wait(for: "done")
        }
        #expect(backend.sent.count == 30)
    }

    @Test("its own concurrency holds over two lanes, and a newer one at once")
    func concurrency() async throws {
        try house.drop((100..<112).map { line("p\($0)") })
        try house.drop((200..<212).map { line("p\($0)") }, as: "b.jsonl", lane: "other")
        let backend = StubBackend { .held(answer("Echo \($0.prompt)")) }
        var policies = limited(to: nil)
        policies.catalogue.endpoints["local"]?.concurrency = 3
        try await house.withDaemon(backend, policies) { dispatcher in
            #expect(await eventually { backend.heldCount == 3 })
            try house.drop([line("late")], as: "late.jsonl")
            dispatcher.send(.scan)
            #expect(try await eventually { try house.spool.jobs().count == 3 })
            #expect(backend.sent.count == 3)
            policies.catalogue.endpoints["local"]?.concurrency = 5
            dispatcher.send(.reload(policies))
            #expect(await eventually { backend.heldCount == 5 })
            backend.release()
            try await house.wait(for: "done", 3)
        }
        #expect(backend.sent.count == 25 && backend.mostInFlight == 5)
    }

    @Test("what a server says that it still takes is obeyed")
    func told() async throws {
        try house.drop((100..<112).map { line("p\($0)") })
        var policies = limited(to: nil)
        policies.lane.concurrency = 1
        let backend = StubBackend { sent in
            guard case .response(var response) = answer("Echo \(sent.prompt)") else { return .lost }
            let left = RateReport.Remaining(left: sent.prompt == "p100" ? 2 : 1000, reset: .seconds(0.7))
            response.rates = RateReport(requests: sent.prompt == "p100" ? left : nil)
            return .now(.response(response))
        }
        let begun = ContinuousClock.now
        try await house.start(backend, policies)
        #expect(ContinuousClock.now - begun >= .seconds(0.7) && backend.sent.count == 12)
    }

    @Test("a 429 with Retry-After holds back every request of the endpoint for so long, and is no trouble")
    func closed() async throws {
        try house.drop((100..<112).map { line("p\($0)") })
        var policies = limited(to: nil)
        policies.lane.concurrency = 1
        let pause = Duration.milliseconds(700)
        let backend = StubBackend { $0.time == 1 && $0.prompt == "p100" ? .status(429, after: pause) : .good($0) }
        let begun = ContinuousClock.now
        try await house.start(backend, policies)
        #expect(ContinuousClock.now - begun >= pause)
        #expect(house.events.count("endpoint.unavailable") == 0)
        #expect(try house.only("done").count("attempts", "retried") == 1)
    }

    @Test("closed for the others too: while the pause lasts only what was in flight was sent")
    func closedForAll() async throws {
        try house.drop((100..<112).map { line("p\($0)") })
        let backend = StubBackend { _ in .status(429, after: .seconds(3000)) }
        let policies = limited(to: nil)
        try await house.withDaemon(backend, policies) { dispatcher in
            #expect(await eventually { backend.sent.count >= 1 })
            try house.drop([line("late")], as: "late.jsonl", lane: "other")
            dispatcher.send(.scan)
            #expect(
                try await eventually {
                    let states = try house.spool.jobs().compactMap { try house.spool.job($0).state() }
                    return states.count { $0.reason.contains("wants no request until 2026-") } == 2
                }, "each says why")
            house.stop.raise()
            dispatcher.send(.stop)
        }
        #expect(backend.sent.count <= 4 && !backend.prompts.contains("late"))
        #expect(try house.book().committed.isZero)
    }
}
