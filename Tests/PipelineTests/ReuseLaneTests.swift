import BatchCore
import Gates
import Pipeline
import Spooling
import Testing

@Suite("What a lane does not reuse is sent, and what it reuses is judged again", .timeLimit(.minutes(6)))
struct ReuseLaneTests {
    private let house: TestHouse
    private let anew = Policies.test { $0.lane.reuseSampled = false }
    private let hour = Policies.test { $0.lane.answerMaxAge = .seconds(3600) }

    init() throws {
        house = try TestHouse()
    }

    @Test("reuse_sampled = false: each line is a sample of its own, in one file and in the next")
    func samples() async throws {
        let backend = StubBackend()
        for name in ["a.jsonl", "b.jsonl"] {
            try house.drop([line("a"), line("a", id: "a2")], as: name)
            try await house.start(backend, anew)
        }
        #expect(backend.counts == ["a": 4])
        #expect(try house.finished("done").map { $0.count("lines", "answered") } == [2, 2])
        try house.drop([line("a")], as: "c.jsonl")
        try await house.start(backend)
        #expect(backend.counts == ["a": 4], "another lane reuses what was accepted")
    }

    @Test("reuse_sampled = false: a sample that was no good does not stand in the way of the next")
    func defects() async throws {
        try house.drop([line("a")])
        try await house.start(StubBackend { _ in .text("no") }, anew)
        try house.drop([line("a"), line("b")], as: "b.jsonl")
        let backend = StubBackend()
        try await house.start(backend, anew)
        #expect(backend.prompts.sorted() == ["a", "b"])
    }

    @Test("reuse_sampled = false: two jobs at the same time do not wait for each other")
    func together() async throws {
        try house.drop([line("a")], as: "a.jsonl")
        try house.drop([line("a")], as: "b.jsonl")
        let backend = StubBackend { .held(answer("Echo \($0.prompt)")) }
        try await house.withDaemon(backend, anew) { _ in
            #expect(await eventually { backend.heldCount == 2 })
            backend.release()
            try await house.wait(for: "done", 2)
        }
    }

    @Test("an answer that is too old is asked for again, once, and the new one is as new as its day")
    func age() async throws {
        let backend = StubBackend()
        for (name, sent) in [("a", 1), ("b", 1), ("c", 2), ("d", 2)] {
            if name == "c" { house.clock.advance(by: .seconds(3601)) }
            try house.drop([line("a")], as: "\(name).jsonl")
            try await house.start(backend, hour)
            #expect(backend.sent.count == sent, "\(name)")
        }
        let old = try house.finished("done").map { $0.count("lines", "reused") }
        #expect(old.sorted() == [0, 0, 1, 1])
    }

    @Test("asked for again in vain: it is not paid for a third time, but by a retry")
    func ageInVain() async throws {
        try house.drop([line("a")])
        try await house.start(StubBackend(), hour)
        house.clock.advance(by: .seconds(3601))
        let bad = StubBackend { _ in .text("no") }
        for name in ["b", "c"] {
            try house.drop([line("a", id: name)], as: "\(name).jsonl")
            try await house.start(bad, hour)
        }
        #expect(bad.sent.count == 1)
        #expect(try house.finished("rejected").flatMap { try $0.codes() } == ["known_defect"])
        try house.drop([line("a", id: "d")], as: "d.retry.jsonl")
        let good = StubBackend()
        try await house.start(good, hour)
        #expect(good.sent.count == 1)
        try house.drop([line("a", id: "e")], as: "e.jsonl")
        try await house.start(good, hour)
        #expect(good.sent.count == 1)
    }

    @Test("an answer that no gate accepted is never reused, in no lane")
    func onlyAccepted() async throws {
        try house.drop([line("a"), line("b")])
        try await house.start(StubBackend { $0.prompt == "a" ? .text("no") : .good($0) })
        try house.drop([line("a")], as: "b.jsonl")
        let backend = StubBackend()
        try await house.start(backend)
        #expect(backend.sent.isEmpty)
        #expect(try house.finished("rejected").allSatisfy { $0.count("lines", "reused") == 0 })
    }

    @Test("what is reused is not loaded where today's gate does not accept it")
    func stricterGate() async throws {
        try house.drop([line("a"), line("b")])
        try await house.start(StubBackend())
        let strict = Policies.test {
            var policy = $0.gates[$0.lane.name].policy
            policy.checks.mustMatch = ["^Echo a"]
            $0.gates = .checked(policy)
        }
        try house.drop([line("b")], as: "b.jsonl")
        let backend = StubBackend()
        try await house.start(backend, strict)
        let rejected = try house.only("rejected")
        #expect(backend.sent.isEmpty && rejected.count("lines", "reused") == 1)
        #expect(try house.names("done").count == 1 && rejected.ids("reprocess.jsonl") == ["b"])
    }
}
