import BatchCore
import Pipeline
import Spooling
import TestSupport
import Testing

@Suite("Shards take turns: who is more urgent waits for the end of a shard, not of a job", .timeLimit(.minutes(6)))
struct TurnTests {
    private let house: TestHouse
    private let lines = (100..<140).map { line("p\($0)") }

    init() throws {
        house = try TestHouse()
    }

    private static func held(_ sent: StubBackend.Sent) -> StubBackend.Reply { .held(answer("Echo \(sent.prompt)")) }

    private func reason(_ stem: String) throws -> String? {
        let job = try house.spool.jobs().first { $0.stem == stem }
        return try job.flatMap { try house.spool.job($0).state()?.reason }
    }

    @Test("a small file of an urgent lane goes before the rest of a big one, which waits, and says so")
    func urgent() async throws {
        let policies = Policies.test {
            $0.schedule.concurrency = 4
            var urgent = $0.lane
            urgent.name = "urgent"
            urgent.priority = 1
            $0.lanes["urgent"] = urgent
        }
        try house.drop(lines, as: "big.jsonl")
        let backend = StubBackend(Self.held)
        try await house.withDaemon(backend, policies) { dispatcher in
            #expect(await eventually { backend.heldCount == 4 })
            try house.drop((1...4).map { line("u\($0)") }, as: "small.jsonl", lane: "urgent")
            dispatcher.send(.scan)
            #expect(try await eventually { try reason("small") == "it waits for its turn" })
            #expect(try house.book().open.count == 1, "no money is set aside for who waits")
            backend.release()
            try await house.wait(for: "done", 2)
        }
        let urgent = backend.prompts.indices.filter { backend.prompts[$0].hasPrefix("u") }
        // The slots that become free one by one are the urgent shard's; the turn after the first shard is its as well.
        #expect(urgent.allSatisfy { $0 < 12 } && urgent.count == 4, "\(backend.prompts.prefix(16))")
    }

    @Test("two jobs of one lane take turns by shards")
    func interleaved() async throws {
        let backend = StubBackend(Self.held)
        try house.drop(lines, as: "a.jsonl")
        try await house.withDaemon(backend, .test()) { dispatcher in
            #expect(await eventually { backend.heldCount == 4 })
            try house.drop((200..<240).map { line("q\($0)") }, as: "b.jsonl")
            dispatcher.send(.scan)
            #expect(try await eventually { try reason("b") == "it waits for its turn" })
            backend.release()
            try await house.wait(for: "done", 2)
        }
        let firstHalf = backend.prompts.prefix(40)
        #expect(firstHalf.count { $0.hasPrefix("q") } >= 12, "\(firstHalf)")
    }

    @Test("who waits for its turn while the window closes is parked until it opens")
    func window() async throws {
        let policies = Policies.test {
            $0.lane.windows = [TimeWindow(startMinute: 9 * 60, endMinute: 11 * 60)]
            $0.lane.shardLines = 10
        }
        try house.drop(lines, as: "a.jsonl")
        let backend = StubBackend(Self.held)
        try await house.withDaemon(backend, policies) { dispatcher in
            #expect(await eventually { backend.heldCount == 4 })
            house.clock.advance(by: .seconds(3600))
            dispatcher.send(.tick)
            backend.release()
            #expect(await eventually { await dispatcher.parkedJobs.count == 1 })
            let sent = backend.sent.count
            #expect(sent == 10, "the shard that had begun")
            house.clock.advance(by: .seconds(22 * 3600))
            dispatcher.send(.tick)
            try await house.wait(for: "done")
        }
        #expect(backend.sent.count == 40)
    }

    @Test("requests that wait before they are tried again leave the turn to others")
    func retries() async throws {
        let policies = Policies.test {
            $0.lane.shardLines = 4
            $0.retry.base = .seconds(3600)
            $0.retry.cap = .seconds(3600)
        }
        try house.drop((1...4).map { line("bad\($0)") }, as: "a.jsonl")
        let backend = StubBackend { sent in
            sent.prompt.hasPrefix("bad") ? .status(500) : .good(sent)
        }
        try await house.withDaemon(backend, policies) { dispatcher in
            #expect(await eventually { backend.sent.count == 4 })
            try house.drop(lines, as: "b.jsonl")
            dispatcher.send(.scan)
            try await house.wait(for: "done")
            house.stop.raise()
        }
        #expect(backend.prompts.count { $0.hasPrefix("p") } == 40)
    }

    @Test("a lane that is given more slots uses them at once")
    func resized() async throws {
        let backend = StubBackend(Self.held)
        try house.drop(lines)
        try await house.withDaemon(backend, .test { $0.lane.shardLines = 40 }) { dispatcher in
            #expect(await eventually { backend.heldCount == 4 })
            dispatcher.send(
                .reload(
                    .test {
                        $0.lane.shardLines = 40
                        $0.lane.concurrency = 9
                    }))
            #expect(await eventually { backend.heldCount == 9 })
            backend.release()
            try await house.wait(for: "done")
        }
        #expect(backend.mostInFlight == 9)
    }
}
