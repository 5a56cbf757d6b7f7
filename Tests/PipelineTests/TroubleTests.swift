import Backends
import BatchCore
import DurableFiles
import Glibc
import Ledgers
import Pipeline
import Spooling
import SystemPackage
import TestSupport
import Testing

@Suite(
    "Trouble with the disk stops what is to come, and takes nothing away from what is in flight",
    .timeLimit(.minutes(6)))
struct TroubleTests {
    private let house: TestHouse

    init() throws {
        house = try TestHouse()
    }

    @Test("answers in flight in other shards are kept, and are not sent again")
    func inFlight() async throws {
        try house.drop((1...8).map { line("p\($0)") })
        let policies = Policies.test { $0.lane.concurrency = 8 }
        let backend = StubBackend { .held(answer("Echo \($0.prompt)")) }
        let faults = FileFaults(under: house.spool.processing) { operation, path in
            operation == .write && path.lastNameBytes.elementsEqual("0001.jsonl".utf8) ? .error(EIO) : nil
        }
        async let end = #expect(throws: FileError.self) { try await house.start(backend, policies) }
        #expect(await eventually { backend.heldCount == 8 })
        backend.release()
        _ = await end
        faults.remove()
        let next = StubBackend()
        try await house.start(next, policies)
        // Those of the first shard have no outcome on disk: in flight, charged, and sent again.
        #expect(next.prompts.sorted() == ["p1", "p2", "p3", "p4"])
        #expect(try house.book().unknown.usd == 4 * worstCase(of: line("p1")).usd)
        #expect(try house.only("done").count("lines", "answered") == 8)
    }

    @Test("a shard that waits for money of one that has failed does not wait for ever")
    func waitsForMoney() async throws {
        try house.drop((1...8).map { line("p\($0)") })
        let worst = try worstCase(of: line("p1"))
        let policies = Policies.test {
            $0.budget.day = Cap(usd: 4 * worst.usd)
            $0.lane.concurrency = 8
        }
        let backend = StubBackend { .held(answer("Echo \($0.prompt)")) }
        async let end = #expect(throws: FileError.self) { try await house.start(backend, policies) }
        let isWaiting = try await eventually {
            let reason = try house.spool.jobs().first.flatMap { try house.spool.job($0).state()?.reason }
            return backend.heldCount == 4 && reason?.contains("waits for what is set aside elsewhere") == true
        }
        #expect(isWaiting)
        let faults = FileFaults(under: house.spool.processing) { operation, path in
            operation == .write && path.removingLastComponent().lastNameBytes.elementsEqual("shards".utf8)
                ? .error(EIO) : nil
        }
        backend.release()
        _ = await end
        faults.remove()
        #expect(backend.sent.count == 4)
    }

    @Test("jobs that run are parked, so that the trouble is heard of at once")
    func otherJobs() async throws {
        try house.drop((100..<140).map { line("p\($0)") }, as: "long.jsonl")
        let backend = StubBackend { .held(answer("Echo \($0.prompt)")) }
        let dispatcher = Dispatcher(
            services: try house.services(backend, .test()), policies: .test(), untilIdle: false)
        async let end = #expect(throws: FileError.self) { _ = try await dispatcher.run() }
        #expect(await eventually { backend.heldCount == 4 })
        let faults = FileFaults(under: house.spool.inbox) { operation, _ in operation == .readdir ? .error(EIO) : nil }
        dispatcher.send(.scan)
        #expect(await eventually { faults.count(.readdir) > 0 })
        dispatcher.send(.tick)
        #expect(await eventually { dispatcher.isHalted })
        backend.release()
        _ = await end
        faults.remove()
        #expect(backend.sent.count == 4, "what was in flight has ended, nothing was sent after")
        let next = StubBackend()
        try await house.start(next)
        #expect(next.sent.count == 36)
    }

    @Test("a job that waits for another's money hears of the trouble before the other has ended")
    func waitsForAnother() async throws {
        try house.drop((1...4).map { line("p\($0)") }, as: "rich.jsonl")
        let worst = try worstCase(of: line("p1"))
        let policies = Policies.test {
            $0.budget.day = Cap(usd: 4 * worst.usd)
            $0.lane.concurrency = 8
        }
        let backend = StubBackend { .held(answer("Echo \($0.prompt)")) }
        let dispatcher = Dispatcher(
            services: try house.services(backend, policies), policies: policies, untilIdle: false)
        async let end = #expect(throws: FileError.self) { _ = try await dispatcher.run() }
        #expect(await eventually { backend.heldCount == 4 })
        try house.drop([line("q1")], as: "poor.jsonl")
        dispatcher.send(.scan)
        func state() throws -> JobState? {
            try house.spool.jobs().first { $0.stem == "poor" }.flatMap { try house.spool.job($0).state() }
        }
        #expect(try await eventually { try state()?.reason.contains("waits for what is set aside elsewhere") == true })
        let faults = FileFaults(under: house.spool.inbox) { operation, _ in operation == .readdir ? .error(EIO) : nil }
        dispatcher.send(.scan)
        #expect(try await eventually { try state()?.phase == .parked })
        #expect(backend.heldCount == 4, "nothing was freed")
        backend.release()
        _ = await end
        faults.remove()
    }

    @Test("a job whose files were changed stops alone; what it had reserved is charged")
    func damage() async throws {
        try house.drop([line("a"), line("b")])
        let crash = Crash(under: house.directory.path, at: 0) { operation, path in
            operation == .write && path.lastNameBytes.elementsEqual("0001.jsonl".utf8)
        }
        await #expect(throws: (any Error).self) { try await house.start(StubBackend()) }
        crash.end()
        let job = try #require(try house.spool.jobs().first)
        let attempts = house.spool.job(job).attempts
        let text = try DurableFile.read(attempts) ?? []
        try DurableFile.publish(Array("garbage\n".utf8) + text, to: attempts)
        try house.drop([line("c")], as: "c.jsonl")
        try await house.start(StubBackend())
        #expect(try house.only("done").job.stem == "c")
        #expect(try house.spool.job(job).state()?.phase == .stopped && house.events.count("job.stopped") == 1)
        #expect(try house.book().unknown.usd == 2 * worstCase(of: line("a")).usd)
    }
}
