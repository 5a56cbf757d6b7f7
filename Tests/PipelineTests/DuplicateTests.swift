import BatchCore
import DurableFiles
import Gates
import Pipeline
import Spooling
import SystemPackage
import TestSupport
import Testing

@Suite("The same request is paid for once, across lines, files, jobs and days", .timeLimit(.minutes(6)))
struct DuplicateTests {
    private let house: TestHouse

    init() throws {
        house = try TestHouse()
    }

    @Test("in one file: sent once, and a failure is everybody's failure")
    func inFile() async throws {
        try house.drop([line("a"), line("b"), line("a", id: "a2"), line("b", id: "b2"), line("a", id: "a3")])
        let backend = StubBackend { $0.prompt == "b" ? .status(400) : .good($0) }
        try await house.start(backend)
        #expect(backend.prompts.sorted() == ["a", "b"])
        let done = try house.only("done")
        #expect(try done.ids("output.jsonl") == ["a", "a2", "a3"] && done.ids("errors.jsonl") == ["b", "b2"])
        #expect(done.count("lines", "reused") == 2 && done.count("lines", "failed") == 2)
        #expect(try done.ids("reprocess.jsonl") == ["b", "b2"])
    }

    @Test("from the hash log, days later: nothing is sent, and the answer is judged again")
    func fromLog() async throws {
        try house.drop([line("a"), line("b")])
        try await house.start(StubBackend())
        house.clock.advance(by: .seconds(86_400 * 3))
        try house.drop([line("b", id: "again"), line("c")], as: "b.jsonl")
        let backend = StubBackend()
        try await house.start(backend)
        #expect(backend.prompts == ["c"])
        let second = try #require(try house.finished("done").first { $0.job.stem == "b" })
        #expect(second.count("duplicates", "from_log") == 1 && second.count("lines", "reused") == 1)
        #expect(second.money("duplicates", "saved_usd") == Money(picodollars: 20_000_000))
        let reused = try second.lines("output.jsonl")[0]
        #expect(reused["custom_id"]?.string == "again" && reused["bobbin"]?["cost_usd"]?.string == "0")
        #expect(reused["response"]?["body"]?["choices"]?.array?.first?["message"]?["content"]?.string == "Echo b")
    }

    @Test("two jobs at the same time: the later one waits, and sends nothing")
    func inFlight() async throws {
        let lines = (1...4).map { line("p\($0)") }
        try house.drop(lines, as: "a.jsonl")
        try house.drop(lines, as: "b.jsonl")
        let backend = StubBackend { .held(answer("Echo \($0.prompt)")) }
        try await house.withDaemon(backend, .test()) { dispatcher in
            #expect(await eventually { backend.heldCount == 4 && house.events.count("job.started") == 2 })
            dispatcher.send(.tick)
            backend.release()
            try await house.wait(for: "done", 2)
        }
        #expect(backend.sent.count == 4)
        let answered = try house.finished("done").map { $0.count("lines", "answered") }
        let waited = try house.finished("done").map { $0.count("duplicates", "in_flight") }
        #expect(answered.sorted() == [0, 4] && waited.sorted() == [0, 4])
    }

    @Test("the first of two fails: the second sends")
    func firstFails() async throws {
        try house.drop([line("a"), line("x")], as: "a.jsonl")
        try house.drop([line("a"), line("y")], as: "b.jsonl")
        let backend = StubBackend { $0.prompt == "a" && $0.time == 1 ? .status(400) : .good($0) }
        try await house.start(backend)
        #expect(backend.counts == ["a": 2, "x": 1, "y": 1])
        #expect(try house.finished("done").map { $0.count("lines", "failed") }.sorted() == [0, 1])
    }

    @Test("the first of two gets an answer that is not good enough: the second does not pay for it again")
    func firstIsDefective() async throws {
        try house.drop([line("a")], as: "a.jsonl")
        try house.drop([line("a")], as: "b.jsonl")
        let backend = StubBackend { .held(answer("no \($0.prompt)")) }
        try await house.withDaemon(backend, .test()) { _ in
            #expect(await eventually { backend.heldCount == 1 && house.events.count("job.started") == 2 })
            backend.release()
            try await house.wait(for: "rejected", 2)
        }
        #expect(backend.sent.count == 1)
        #expect(try house.finished("rejected").flatMap { try $0.codes() } == ["known_defect"])
    }

    @Test("jobs whose shards share keys crosswise do not wait for each other for ever")
    func crosswise() async throws {
        let ids = Array(1...12)
        for seed in 0..<6 {
            var random = SystemRandomNumberGenerator()
            try house.drop(ids.shuffled(using: &random).map { line("p\($0)") }, as: "\(seed).jsonl")
        }
        let backend = StubBackend()
        try await house.start(backend, .test { $0.lane.shardLines = 3 })
        #expect(backend.sent.count == 12)
        #expect(try house.names("done").count == 6)
    }

    @Test("asked again after it was not accepted: refused at no cost; NAME.retry.jsonl pays again")
    func knownDefects() async throws {
        try house.drop([line("a"), line("b")])
        try await house.start(StubBackend { _ in .text("no") })
        let spent = try house.book().spent
        try house.drop([line("a"), line("b")], as: "b.jsonl")
        let backend = StubBackend()
        try await house.start(backend)
        #expect(try backend.sent.isEmpty && house.book().spent == spent)
        let second = try #require(try house.finished("rejected").first { $0.job.stem == "b" })
        #expect(try second.codes() == ["known_defect", "known_defect"] && second.ids("reprocess.jsonl") == ["a", "b"])
        try house.drop(try second.text("reprocess.jsonl"), as: "b.retry.jsonl")
        try await house.start(backend)
        #expect(backend.prompts.sorted() == ["a", "b"])
        #expect(try house.only("done").ids("output.jsonl") == ["a", "b"])
    }

    @Test("a good old answer that today's gate rejects is defective; a retry sends it anew, and its answer is kept")
    func stricterGate() async throws {
        try house.drop([line("a")])
        try await house.start(StubBackend())
        let strict = Policies.test {
            var policy = $0.gates[$0.lane.name].policy
            policy.checks.mustMatch = ["^Echo a, more"]
            $0.gates = .checked(policy)
        }
        let backend = StubBackend { .text("Echo \($0.prompt), more") }
        try house.drop([line("a")], as: "b.jsonl")
        try await house.start(backend, strict)
        let rejected = try house.only("rejected")
        #expect(backend.sent.isEmpty && rejected.count("lines", "reused") == 1)
        try house.drop(try rejected.text("reprocess.jsonl"), as: "b.retry.jsonl")
        try await house.start(backend, strict)
        #expect(backend.sent.count == 1)
        try house.drop([line("a")], as: "c.jsonl")
        try await house.start(backend, strict)
        #expect(backend.sent.count == 1, "the answer of the retry is the one that is remembered")
        #expect(try house.names("done").count == 3)
    }
}
