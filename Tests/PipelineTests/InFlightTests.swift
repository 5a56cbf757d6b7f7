import BatchCore
import DurableFiles
import Glibc
import Pipeline
import Spooling
import TestSupport
import Testing

@Suite("Who asks for what another job has in flight waits for it, and takes its place", .timeLimit(.minutes(6)))
struct InFlightTests {
    private let house: TestHouse

    init() throws {
        house = try TestHouse()
    }

    @Test("two jobs with each other's lines in opposite order both end, and each request is paid for once")
    func opposite() async throws {
        let lines = (1...8).map { line("p\($0)") }
        try house.drop(lines, as: "a.jsonl")
        try house.drop(lines.reversed(), as: "b.jsonl")
        let backend = StubBackend { .held(answer("Echo \($0.prompt)")) }
        try await house.withDaemon(backend, .test { $0.lane.shardLines = 2 }) { _ in
            #expect(await eventually { backend.heldCount == 4 && house.events.count("job.started") == 2 })
            backend.release()
            try await house.wait(for: "done", 2)
        }
        #expect(backend.counts.count == 8 && backend.counts.values.allSatisfy { $0 == 1 })
        #expect(try house.finished("done").map { $0.count("lines", "total") } == [8, 8])
    }

    @Test("the first parks for money: the second does not wait for ever, and pays for what has no answer")
    func firstParks() async throws {
        let lines = (100...101).map { line("p\($0)") }
        let worst = try worstCase(of: lines[0])
        let policies = Policies.test {
            $0.lanes["poor"] = Lane(name: "poor")
            $0.budget.lanes["poor"] = Cap(usd: worst.usd)
        }
        try house.drop(lines, as: "a.jsonl", lane: "poor")
        let backend = StubBackend { .held(answer("Echo \($0.prompt)")) }
        try await house.withDaemon(backend, policies) { dispatcher in
            #expect(await eventually { backend.heldCount == 1 })
            try house.drop(lines.reversed(), as: "b.jsonl")
            dispatcher.send(.scan)
            #expect(await eventually { house.events.count("job.started") == 2 })
            #expect(backend.sent.count == 1, "the second waits")
            backend.release()
            try await house.wait(for: "done")
            #expect(await dispatcher.parkedJobs.count == 1)
        }
        #expect(backend.counts["p101"] == 1)
        #expect(try house.only("done").count("lines", "answered") >= 1)
    }

    @Test("a stop ends the waiting, and the next start sends what nobody has an answer to")
    func stopped() async throws {
        let lines = (1...3).map { line("p\($0)") }
        for name in ["a", "b"] { try house.drop(lines, as: "\(name).jsonl") }
        let backend = StubBackend { .held(answer("Echo \($0.prompt)")) }
        let dispatcher = Dispatcher(
            services: try house.services(backend, .test()), policies: .test(), untilIdle: false)
        async let end = dispatcher.run()
        #expect(await eventually { backend.heldCount == 3 && house.events.count("job.started") == 2 })
        house.stop.raise()
        dispatcher.send(.stop)
        backend.release()
        #expect(try await end == .stopped)
        #expect(backend.sent.count == 3)
        try await house.start(backend) { $0.isStopping = { false } }
        #expect(backend.sent.count == 3)
        #expect(try house.finished("done").map { $0.count("lines", "total") } == [3, 3])
    }

    @Test("the first stops for its own damage: it holds back nobody")
    func firstIsDamaged() async throws {
        let lines = (1...2).map { line("p\($0)") }
        try house.drop(lines, as: "a.jsonl")
        let backend = StubBackend { $0.time == 1 ? .held(answer("Echo \($0.prompt)")) : .good($0) }
        try await house.withDaemon(backend) { dispatcher in
            #expect(await eventually { backend.heldCount == 2 })
            let job = try #require(try house.spool.jobs().first)
            let faults = FileFaults(under: house.spool.job(job).shard(1)) { operation, _ in
                operation == .write ? .error(EACCES) : nil
            }
            defer { faults.remove() }
            try house.drop(lines, as: "b.jsonl")
            dispatcher.send(.scan)
            #expect(await eventually { house.events.count("job.started") == 2 })
            backend.release()
            try await house.wait(for: "done")
        }
        #expect(try house.only("done").job.stem == "b" && backend.counts == ["p1": 2, "p2": 2])
        #expect(house.events.count("job.stopped") == 1)
    }

    @Test("the first has paid and waits for its judge: the second does not pay again")
    func firstIsJudged() async throws {
        let lines = (100..<104).map { line("p\($0)") }
        let policies = JudgingModelTests.policies()
        try house.drop(lines, as: "a.jsonl")
        try await house.start(StubBackend(JudgingModelTests.judging { _ in .status(500) }), policies)
        let backend = StubBackend(
            JudgingModelTests.judging { _ in .held(answer(#"{"verdict": "pass", "reason": ""}"#)) })
        try await house.withDaemon(backend, policies) { dispatcher in
            #expect(await eventually { backend.heldCount > 0 })
            try house.drop(lines, as: "b.jsonl")
            dispatcher.send(.scan)
            let isWaiting = try await eventually {
                try house.spool.jobs().contains { job in
                    try house.spool.job(job).state()?.reason.contains("another job has in flight") == true
                }
            }
            #expect(isWaiting)
            backend.release()
            try await house.wait(for: "done", 2)
        }
        #expect(backend.sent.allSatisfy { $0.model == "j" })
    }

    @Test("a shard that gives up, or has ended, holds nothing; keys are taken together or not at all")
    func keys() async {
        let requests = InFlightRequests()
        let keys = (0..<3).map { RequestKey(SHA256.digest(of: [UInt8($0)])) }
        #expect(await requests.take([keys[0]], orGiveUpIf: { false }) == false)
        #expect(await requests.take([keys[0], keys[1]], orGiveUpIf: { true }) == nil)
        #expect(await requests.take([keys[1], keys[2]], orGiveUpIf: { false }) == false, "who gave up holds none")
        async let waiter = requests.take([keys[0], keys[2]], orGiveUpIf: { false })
        await requests.giveBack([keys[0]])
        #expect(await requests.isHeld([keys[2]]))
        await requests.giveBack([keys[1], keys[2]])
        #expect(await waiter != nil)
        #expect(await requests.isHeld([keys[0]]))
    }
}
