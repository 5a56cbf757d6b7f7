import BatchCore
import DurableFiles
import Pipeline
import Spooling
import SystemPackage
import Testing

@Suite("The bytes of a rejected file are rejected again at no cost", .timeLimit(.minutes(6)))
struct RejectedAgainTests {
    private let house: TestHouse
    private let lines = (1...6).map { line("p\($0)") }
    /// One line is sent and judged before the rest: a second delivery would cost the next one.
    private let policies = Policies.test(canary: 1)
    private let bad = StubBackend { _ in .text("no") }

    init() throws {
        house = try TestHouse()
        try house.drop(lines)
    }

    private func again() throws -> Finished {
        try #require(try house.finished("rejected").first { $0.job.stem == "b" })
    }

    @Test("delivered again: nothing is sent, all lines are worth another try, and a retry sends them")
    func delivered() async throws {
        try await house.start(bad, policies)
        #expect(bad.sent.count == 1)
        let first = try house.only("rejected")
        let spent = try house.book().spent
        try house.drop(lines, as: "b.jsonl")
        let backend = StubBackend()
        try await house.start(backend, policies)
        #expect(try backend.sent.isEmpty && house.book().spent == spent)
        let second = try again()
        #expect(
            second.reason == "the same bytes were rejected before, as \(first.job); "
                + "`bobbin retry \(first.job)` pays again")
        #expect(try second.ids("reprocess.jsonl") == (1...6).map { "p\($0)" })
        #expect(try Set(second.codes()) == ["file_rejected"] && second.count("lines", "refused") == 6)
        try house.drop(try second.text("reprocess.jsonl"), as: "b.retry.jsonl")
        try await house.start(backend, policies)
        #expect(try backend.sent.count == 6 && house.only("done").ids("output.jsonl").count == 6)
        try house.drop(lines, as: "c.jsonl")
        try await house.start(backend, policies)
        #expect(backend.sent.count == 6, "by now all of it is answered, which costs nothing")
        #expect(try house.names("done").count == 2)
    }

    @Test("other bytes are judged by their own merits, whatever their lines have in common")
    func otherBytes() async throws {
        try await house.start(bad, policies)
        try house.drop(lines.reversed(), as: "b.jsonl")
        let backend = StubBackend()
        try await house.start(backend, policies)
        #expect(backend.sent.count == 5, "all but the one that is known to be bad")
    }

    @Test("a file that was rejected for what it is was not paid for: it is read again")
    func badFile() async throws {
        try DurableFile.remove(house.spool.inbox.appending("a.jsonl"))
        try house.drop(["{", line("a")])
        let strict = Policies.test { $0.lane.badLines = 0.1 }
        try await house.start(StubBackend(), strict)
        try house.drop(["{", line("a")], as: "b.jsonl")
        let backend = StubBackend()
        try await house.start(backend)
        #expect(backend.prompts == ["a"])
    }

    @Test("a file of which every request failed is sent again: no answer of it was paid for")
    func failed() async throws {
        try await house.start(StubBackend { _ in .status(400) }, policies)
        try house.drop(lines, as: "b.jsonl")
        let backend = StubBackend()
        try await house.start(backend, policies)
        #expect(try backend.sent.count == 6 && house.names("done").count == 1)
    }

    @Test("a crash between the verdict and its memory: the next start remembers", arguments: Crash.Moment.allCases)
    func crash(moment: Crash.Moment) async throws {
        let crash = Crash(under: house.directory.path, at: 0, moment) { operation, path in
            [.write, .fdatasync, .fsync].contains(operation)
                && path.lastComponent?.string.hasPrefix("rejected-0") == true
        }
        await #expect(throws: (any Error).self) { try await house.start(bad, policies) }
        #expect(crash.isDead.isRaised)
        crash.end()
        let backend = StubBackend()
        try await house.start(backend, policies)
        try house.drop(lines, as: "b.jsonl")
        try await house.start(backend, policies)
        #expect(try backend.sent.isEmpty && again().reason.contains("rejected before"))
    }

    @Test("when the directory of the first is gone, the second says how it is sent all the same")
    func gone() async throws {
        try await house.start(bad, policies)
        try DurableFile.removeTree(try house.only("rejected").path)
        try house.drop(lines, as: "b.jsonl")
        let backend = StubBackend()
        try await house.start(backend, policies)
        #expect(try backend.sent.isEmpty && again().reason.contains("`bobbin retry` of this job"))
    }
}
