import BatchCore
import DurableFiles
import Pipeline
import Spooling
import SystemPackage
import Testing

@Suite("Each line ends in one file of one side, in input order")
struct VerdictFilesTests {
    private let house: TestHouse

    init() throws {
        house = try TestHouse()
    }

    @Test("accepted: answers and errors in done/, and nothing else of the job")
    func accepted() async throws {
        // A duplicate, a bad line, a line that fails, one defect in eleven answers.
        let lines =
            (1...10).map { line("p\($0)") } + [line("p1", id: "twice"), "nonsense", line("bad"), line("defect")]
        try house.drop(lines, as: "ä b.jsonl")
        try await house.start(
            StubBackend { sent in
                switch sent.prompt {
                case "bad": .status(400)
                case "defect": .text("no echo")
                default: .good(sent)
                }
            }, .test { $0.lane.shardLines = 100 })
        let done = try house.only("done")
        #expect(done.verdict == "accepted")
        #expect(done.report["name"]?.string == "%C3%A4%20b.jsonl" && done.job.stem == "job")
        #expect(try done.files == ["errors.jsonl", "output.jsonl", "report.html", "report.json", "reprocess.jsonl"])
        #expect(try done.ids("output.jsonl") == (1...10).map { "p\($0)" } + ["twice"])
        #expect(try done.ids("errors.jsonl") == ["-", "bad", "defect"])
        #expect(try done.codes() == ["invalid_json", "-", "defective_answer"])
        #expect(try done.ids("reprocess.jsonl") == ["bad", "defect"])
        #expect(try done.reprocess() == lines[12] + "\n" + lines[13] + "\n")
        #expect(done.count("lines", "total") == 14 && done.count("lines", "answered") == 11)
        #expect(done.count("lines", "reused") == 1 && done.count("lines", "failed") == 1)
        #expect(done.count("lines", "refused") == 1 && done.count("duplicates", "in_file") == 1)
        #expect(
            try house.names("rejected").isEmpty && house.names("inbox").isEmpty && house.names("processing").isEmpty)
        let ids = try (done.lines("output.jsonl") + done.lines("errors.jsonl")).map { $0["id"]?.string ?? "" }
        #expect(Set(ids).count == 14)
        #expect(try done.lines("output.jsonl").allSatisfy { $0["bobbin"]?["key"]?.string?.count == 64 })
    }

    @Test("rejected: everything in rejected/, and every line that can be sent again in reprocess.jsonl")
    func rejected() async throws {
        let lines = (1...4).map { line("p\($0)") } + ["[]"]
        try house.drop(lines)
        try await house.start(StubBackend { _ in .text("no") }, .test { $0.lane.shardLines = 100 })
        let rejected = try house.only("rejected")
        #expect(rejected.verdict == "rejected")
        #expect(
            try rejected.files == [
                "errors.jsonl", "input.jsonl", "output.jsonl", "report.html", "report.json", "reprocess.jsonl",
            ])
        #expect(try rejected.ids("output.jsonl") == ["p1", "p2", "p3", "p4"])
        #expect(try rejected.codes() == ["not_a_request"])
        #expect(try rejected.reprocess() == lines.prefix(4).map { $0 + "\n" }.joined())
        #expect(try rejected.text("input.jsonl") == lines.map { $0 + "\n" }.joined())
        #expect(try house.names("done").isEmpty)
    }

    @Test("split: each side has its own lines, and both the same report")
    func split() async throws {
        let lines = [
            line("m1"), line("n1", model: "n"), line("m2"), "nonsense", line("n2", model: "n"),
            line("m1", id: "m1 again"),
            line("n1", id: "n1 again", model: "n"), line("m3"),
        ]
        try house.drop(lines)
        try await house.start(StubBackend { $0.model == "m" ? .good($0) : .text("no") })
        let (done, rejected) = (try house.only("done"), try house.only("rejected"))
        #expect(done.job == rejected.job && done.report == rejected.report && done.verdict == "split")
        #expect(try done.files == ["errors.jsonl", "output.jsonl", "report.html", "report.json"])
        #expect(
            try rejected.files == [
                "errors.jsonl", "input.jsonl", "output.jsonl", "report.html", "report.json", "reprocess.jsonl",
            ])
        #expect(try done.ids("output.jsonl") == ["m1", "m2", "m1 again", "m3"])
        #expect(try done.ids("errors.jsonl") == [])
        #expect(try rejected.ids("output.jsonl") == ["n1", "n2", "n1 again"])
        #expect(try rejected.codes() == ["invalid_json"])
        #expect(try rejected.text("input.jsonl") == [1, 3, 4, 6].map { lines[$0] + "\n" }.joined())
        #expect(try rejected.reprocess() == [1, 4, 6].map { lines[$0] + "\n" }.joined())
        #expect(done.count("lines", "total") == 8 && done.count("reprocess", "lines") == 3)
    }

    @Test("what the report says was spent is what the book says")
    func sums() async throws {
        try house.drop((1...6).map { line("p\($0)") })
        try await house.start(
            StubBackend { sent in
                switch (sent.prompt, sent.time) {
                case ("p2", 1): .lost
                case ("p3", _): .lost
                case ("p4", 1): .status(503)
                default: .good(sent)
                }
            })
        let done = try house.only("done")
        let book = try house.book()
        let worst = try worstCase(of: line("p1"))
        #expect(
            done.money("cost", "spent_usd") == book.spent.usd && done.money("cost", "unknown_usd") == book.unknown.usd)
        #expect(book.unknown.usd == 5 * worst.usd && book.reserved.isZero && book.open.isEmpty)
        #expect(book.spent.usd == Money(picodollars: 5 * 20_000_000))
        #expect(done.count("lines", "failed") == 1 && done.count("attempts", "total") == 11)
        #expect(done.count("attempts", "retried") == 5)
    }
}
