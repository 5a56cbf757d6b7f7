import BatchCore
import DurableFiles
import Pipeline
import Spooling
import SystemPackage
import Testing

@Suite("A bad prompt costs one canary shard, not the job")
struct CanaryTests {
    private let house: TestHouse
    private let lines = (1...12).map { line("m\($0)") }

    init() throws {
        house = try TestHouse()
    }

    @Test("rejected: exactly the canary is sent, the rest is refused, and all of it can be dropped again")
    func rejected() async throws {
        try house.drop(lines)
        let backend = StubBackend { _ in .text("no") }
        try await house.start(backend, .test(canary: 3))
        #expect(backend.prompts.sorted() == ["m1", "m2", "m3"])
        let rejected = try house.only("rejected")
        #expect(rejected.verdict == "rejected" && rejected.reason.hasPrefix("the canary: 3 of 3 answers are defective"))
        #expect(try rejected.codes() == Array(repeating: "canary_rejected", count: 9))
        #expect(try rejected.reprocess() == lines.map { $0 + "\n" }.joined())
        #expect(rejected.count("lines", "refused") == 9 && rejected.count("lines", "answered") == 3)
    }

    @Test("another kind in the same file is not touched by it")
    func kinds() async throws {
        try house.drop(lines + (1...12).map { line("n\($0)", model: "n") })
        let backend = StubBackend { $0.model == "m" ? .text("no") : .good($0) }
        try await house.start(backend, .test(canary: 3))
        #expect(backend.sent.count { $0.model == "m" } == 3 && backend.sent.count { $0.model == "n" } == 12)
        #expect(try house.only("done").ids("output.jsonl") == (1...12).map { "n\($0)" })
        #expect(try house.only("rejected").ids("reprocess.jsonl") == (1...12).map { "m\($0)" })
    }

    @Test("half of its requests failed: it is rejected too")
    func failures() async throws {
        try house.drop(lines)
        let backend = StubBackend { sent in ["m1", "m2"].contains(sent.prompt) ? .status(400) : .good(sent) }
        try await house.start(backend, .test(canary: 4))
        #expect(backend.sent.count == 4)
        #expect(try house.only("rejected").reason.contains("2 of 4 requests of the canary failed"))
    }

    @Test("nothing else is sent before the canary is judged")
    func first() async throws {
        try house.drop(lines)
        let backend = StubBackend { .held(answer("Echo \($0.prompt)")) }
        try await house.withDaemon(backend, .test(canary: 2)) { dispatcher in
            #expect(await eventually { backend.heldCount == 2 })
            dispatcher.send(.tick)
            #expect(backend.prompts.sorted() == ["m1", "m2"])
            backend.release()
            try await house.wait(for: "done")
        }
        #expect(backend.sent.count == 12)
    }

    @Test("a job that was killed with a rejected canary does not send the rest after the restart")
    func killed() async throws {
        try house.drop(lines)
        let backend = StubBackend { _ in .text("no") }
        // The report is the first file that is published after the verdict of the canary.
        let crash = Crash(under: house.directory.path, at: 0) { operation, path in
            operation == .rename && path.lastNameBytes.elementsEqual("output.jsonl".utf8)
        }
        await #expect(throws: (any Error).self) { try await house.start(backend, .test(canary: 3)) }
        crash.end()
        try await house.start(backend, .test(canary: 3))
        #expect(backend.sent.count == 3)
        #expect(try house.only("rejected").count("lines", "refused") == 9)
    }
}
