import Backends
import BatchCore
import DurableFiles
import Pipeline
import Spooling
import SystemPackage
import TestSupport
import Testing

@Suite(
    "A stop, a closed window or an endpoint in trouble parks a job, and it goes on where it was",
    .timeLimit(.minutes(6)))
struct StopTests {
    private let house: TestHouse
    private let lines = (100..<112).map { line("p\($0)") }

    init() throws {
        house = try TestHouse()
        try house.drop(lines)
    }

    private func state() throws -> JobState? {
        try house.spool.jobs().first.flatMap { try house.spool.job($0).state() }
    }

    @Test("stopped in the middle: what is in flight ends, nothing new is sent, the next start sends the rest")
    func stopped() async throws {
        let backend = StubBackend { .held(answer("Echo \($0.prompt)")) }
        let dispatcher = Dispatcher(
            services: try house.services(backend, .test()), policies: .test(), untilIdle: false)
        async let end = dispatcher.run()
        #expect(await eventually { backend.heldCount == 4 })
        house.stop.raise()
        dispatcher.send(.stop)
        backend.release()
        #expect(try await end == .stopped)
        #expect(try backend.sent.count == 4 && state()?.phase == .parked)
        #expect(try house.book().open.isEmpty && house.book().unknown.isZero)
        let rest = StubBackend()
        try await house.start(rest) { $0.isStopping = { false } }
        #expect(rest.sent.count == 8 && Set(rest.prompts).isDisjoint(with: backend.prompts))
        #expect(try house.only("done").count("lines", "answered") == 12)
    }

    @Test("a stop while a retry is waited for does not wait for it")
    func stoppedInPause() async throws {
        let backend = StubBackend { _ in .status(429, after: .seconds(3000)) }
        let dispatcher = Dispatcher(
            services: try house.services(backend, .test()), policies: .test(), untilIdle: false)
        async let end = dispatcher.run()
        #expect(await eventually { !backend.sent.isEmpty })
        house.stop.raise()
        dispatcher.send(.stop)
        #expect(try await end == .stopped)
        #expect(try house.book().committed.isZero, "a 429 costs nothing")
    }

    @Test("Retry-After is obeyed")
    func retryAfter() async throws {
        try DurableFile.remove(house.spool.inbox.appending("a.jsonl"))
        try house.drop([line("a")])
        let begun = ContinuousClock.now
        let backend = StubBackend { $0.time == 1 ? .status(429, after: .milliseconds(300)) : .good($0) }
        try await house.start(backend)
        #expect(ContinuousClock.now - begun >= .milliseconds(300) && backend.sent.count == 2)
        #expect(try house.only("done").count("attempts", "retried") == 1)
    }

    @Test(
        "an endpoint that takes nothing: said once, parked with the reason, asked again, and nothing is charged",
        arguments: [StubBackend.Reply.refused, .status(401), .status(402), .status(503)])
    func endpoint(trouble: StubBackend.Reply) async throws {
        let isWell = Flag()
        let backend = StubBackend { isWell.isRaised ? .good($0) : trouble }
        try await house.withDaemon(backend, .test()) { dispatcher in
            #expect(await eventually { await !dispatcher.parkedJobs.isEmpty })
            let sent = backend.sent.count
            #expect(
                try state()?.phase == .parked && state()?.reason.hasPrefix("the endpoint local takes nothing") == true)
            dispatcher.send(.tick)
            house.clock.advance(by: .seconds(3))
            dispatcher.send(.tick)
            #expect(await eventually { backend.sent.count > sent })
            #expect(await eventually { await !dispatcher.parkedJobs.isEmpty })
            #expect(house.events.count("endpoint.unavailable") == 1)
            isWell.raise()
            house.clock.advance(by: .seconds(120))
            dispatcher.send(.tick)
            try await house.wait(for: "done")
        }
        #expect(house.events.count("endpoint.recovered") == 1)
        #expect(try house.only("done").count("lines", "answered") == 12 && house.book().unknown.isZero)
    }

    @Test("a key that is not there parks the job before anything is sent, and its reason is in the status")
    func missingKey() async throws {
        let backend = StubBackend()
        try await house.start(backend) {
            $0.apiKey = { _ in throw MissingAPIKey(reason: "there is no credential openai") }
        }
        #expect(try backend.sent.isEmpty && state()?.reason.contains("there is no credential openai") == true)
        try await house.start(backend) {
            $0.apiKey = { _ in throw FileError(operation: "open", path: "/run/credentials/openai", code: 13) }
        }
        #expect(try backend.sent.isEmpty && state()?.reason.contains("EACCES") == true)
        try await house.start(backend) { $0.apiKey = { _ in "secret" } }
        #expect(backend.sent.count == 12 && backend.sent.allSatisfy { $0.token == "secret" })
        #expect(!house.events.all.contains { $0.contains("secret") })
    }

    @Test("a route goes on with its second model while the endpoint of the first is in trouble")
    func route() async throws {
        try DurableFile.remove(house.spool.inbox.appending("a.jsonl"))
        try house.drop((1...6).map { line("p\($0)", model: "any") })
        let policies = Policies.test {
            $0.catalogue.endpoints["other"] = Endpoint(name: "other", url: "http://other")
            $0.catalogue.models["n"]?.endpoint = "other"
            $0.catalogue.routes["any"] = Route(name: "any", models: ["m", "n"])
        }
        let backend = StubBackend { $0.model == "m" ? .refused : .good($0) }
        let (end, _) = try await house.start(backend, policies)
        #expect(end == .idle(parked: 0))
        let done = try house.only("done")
        #expect(try done.lines("output.jsonl").allSatisfy { $0["bobbin"]?["model"]?.string == "n" })
        #expect(done.count("lines", "answered") == 6)
    }

    @Test("outside its windows a lane starts nothing; in them it goes on")
    func windows() async throws {
        let policies = Policies.test { $0.lane.windows = [TimeWindow(startMinute: 22 * 60, endMinute: 6 * 60)] }
        let backend = StubBackend()
        try await house.withDaemon(backend, policies) { dispatcher in
            #expect(await eventually { await !dispatcher.parkedJobs.isEmpty })
            #expect(try state()?.reason == "outside the windows of its lane (22:00-06:00)" && backend.sent.isEmpty)
            house.clock.advance(by: .seconds(11 * 3600 + 59 * 60))
            dispatcher.send(.tick)
            #expect(await !dispatcher.parkedJobs.isEmpty)
            house.clock.advance(by: .seconds(60))
            dispatcher.send(.tick)
            try await house.wait(for: "done")
        }
        #expect(backend.sent.count == 12)
    }
}
