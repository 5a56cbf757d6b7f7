import BatchCore
import DurableFiles
import Pipeline
import Spooling
import SystemPackage
import Testing

@Suite("A file that cannot be trusted is rejected before a cent; one that is only oddly written is not")
struct FileRefusalTests {
    private let house: TestHouse
    private let backend = StubBackend()

    init() throws {
        house = try TestHouse()
    }

    private func refusal(_ text: String, _ policies: Policies = .test()) async throws -> Finished {
        try house.drop(text)
        try await house.start(backend, policies)
        let rejected = try house.only("rejected")
        #expect(try backend.sent.isEmpty && rejected.text("input.jsonl") == text)
        #expect(try house.book().committed.isZero)
        return rejected
    }

    @Test("empty, or nothing but blank lines", arguments: ["", "\n", "\r\n \n\t\n", "\u{FEFF}"])
    func empty(text: String) async throws {
        #expect(try await refusal(text).reason == "there is no request in it")
    }

    @Test("the last line is cut")
    func torn() async throws {
        let good = [line("a"), line("b")]
        let rejected = try await refusal(good.map { $0 + "\n" }.joined() + line("c").dropLast(7))
        #expect(rejected.reason.hasPrefix("line 3 is cut"))
        #expect(try rejected.codes() == ["file_rejected", "file_rejected", "invalid_json"])
        #expect(try rejected.ids("reprocess.jsonl") == ["a", "b"])
        #expect(rejected.count("lines", "total") == 3 && rejected.count("lines", "refused") == 3)
    }

    @Test("more lines are bad than its lane allows")
    func badLines() async throws {
        let lines = [line("a"), "{}", line("b"), line("c", model: "unknown"), line("d")]
        let rejected = try await refusal(lines.map { $0 + "\n" }.joined(), .test { $0.lane.badLines = 0.3 })
        #expect(rejected.reason.contains("2 of 5 lines are bad") && rejected.reason.contains("line 2"))
        #expect(
            try rejected.codes() == [
                "file_rejected", "not_a_request", "file_rejected", "unknown_model", "file_rejected",
            ])
        #expect(try rejected.ids("reprocess.jsonl") == ["a", "b", "d"])
    }

    @Test("its hash is not the one in its manifest")
    func manifest() async throws {
        try house.drop(String(repeating: "0", count: 64) + "  a.jsonl\n", as: "a.jsonl.sha256")
        let rejected = try await refusal(line("a") + "\n")
        #expect(rejected.reason.contains("SHA-256"))
    }

    @Test("byte order mark, CRLF, blank lines and a last line without a newline are fine")
    func odd() async throws {
        let text = "\u{FEFF}" + line("a") + "\r\n\r\n \t\n" + line("b") + "\r\n" + line("c")
        try house.drop(text)
        try await house.start(backend)
        let done = try house.only("done")
        #expect(try done.ids("output.jsonl") == ["a", "b", "c"] && done.count("lines", "total") == 3)
    }

    @Test("exactly as many bad lines as the lane allows are fine, and each is named by its number")
    func allowed() async throws {
        try house.drop(["nonsense", "", line("a"), "[]", line("b")])
        try await house.start(backend, .test { $0.lane.badLines = 0.5 })
        let done = try house.only("done")
        let messages = try done.lines("errors.jsonl").map { $0["error"]?["message"]?.string ?? "" }
        #expect(messages[0].hasPrefix("line 1:") && messages[1].hasPrefix("line 4:"))
        #expect(try done.ids("errors.jsonl") == ["-", "-"] && done.ids("output.jsonl") == ["a", "b"])
    }

    @Test("29 bad lines of 100 are no larger a share than 0.29, and 30 are")
    func share() async throws {
        for bad in [29, 30] {
            let lines = (0..<100).map { $0 < bad ? "nonsense" : line("p") }
            try house.drop(lines, as: "\(bad).jsonl")
        }
        try await house.start(backend, .test { $0.lane.badLines = 0.29 })
        #expect(try house.only("done").job.stem == "29" && house.only("rejected").job.stem == "30")
    }

    @Test("one custom_id for two requests is refused, for one request twice it is a duplicate")
    func customIDs() async throws {
        try house.drop([line("a", id: "x"), line("b", id: "x"), line("a", id: "x")])
        try await house.start(backend)
        let done = try house.only("done")
        #expect(try done.codes() == ["duplicate_custom_id"] && done.ids("output.jsonl") == ["x", "x"])
        #expect(backend.prompts == ["a"])
    }

    @Test("more lines than [limits] allows: all are counted as refused, and none is listed")
    func manyLines() async throws {
        let lines = (0..<9).map { line("p\($0)") + "\n" + "\n" }
        let rejected = try await refusal(lines.joined(), .test { $0.limits.lines = 8 })
        #expect(rejected.reason.hasPrefix("it has more lines than lines = 8 in [limits]"))
        #expect(rejected.count("lines", "total") == 9 && rejected.count("lines", "refused") == 9)
        #expect(try rejected.codes().isEmpty && rejected.ids("reprocess.jsonl").isEmpty)
    }

    @Test("more bad lines than [limits] allows, though its lane allows any share")
    func manyBadLines() async throws {
        let text = (0..<9).map { $0 % 2 == 0 ? "x\n" : line("p\($0)") + "\n" }.joined()
        let change: (inout Policies) -> Void = { ($0.limits.badLines, $0.lane.badLines) = (4, 1) }
        let rejected = try await refusal(text, .test(change))
        #expect(rejected.reason.hasPrefix("5 of its first 9 lines are bad, more than bad_lines = 4 in [limits]"))
        #expect(rejected.count("lines", "refused") == 9)
    }

    @Test("what stands in a plan is read whatever the limits have become since")
    func planned() async throws {
        try house.drop((0..<9).map { line("p\($0)") })
        try await house.start(StubBackend { _ in .status(401) })
        #expect(try house.spool.jobs().count == 1)
        try await house.start(backend, .test { $0.limits.lines = 1 })
        #expect(try house.only("done").ids("output.jsonl").count == 9)
    }
}
