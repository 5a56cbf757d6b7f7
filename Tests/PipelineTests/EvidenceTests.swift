import BatchCore
import DurableFiles
import Pipeline
import Spooling
import SystemPackage
import Testing

@Suite("The report shows what was found in each shard, and examples of it")
struct EvidenceTests {
    private let house: TestHouse

    init() throws {
        house = try TestHouse()
    }

    @Test("defects by check, the estimate with its interval, the first three in input order, shortened")
    func evidence() async throws {
        let long = String(repeating: "ß", count: 100_000)
        try house.drop((1...20).map { line("p\($0)") } + [line("again", id: "dear\u{202E}")])
        try await house.start(
            StubBackend { sent in
                switch sent.prompt {
                case "p4", "p9", "p17": .text(long)
                case "p11": .text("")
                default: .good(sent)
                }
            }, .test { $0.lane.shardLines = 100 })
        let shard = try #require(try house.only("rejected").report["shards"]?.array?.first)
        #expect(shard["defects"]?.int == 4 && shard["checked"]?.int == 21)
        #expect(
            shard["defects_by_check"]
                == .object([
                    JSONValue.Member(name: "must_match", value: .number("3")),
                    JSONValue.Member(name: "non_empty", value: .number("1")),
                ]))
        let estimate = try #require(shard["estimate"])
        let rate = 4.0 / 21
        #expect(estimate["rate"]?.double == rate && estimate["confidence"]?.double == 0.95)
        #expect(estimate["low"]?.double == rate && estimate["high"]?.double == rate)
        // Clopper-Pearson for 4 of 21, by halving the sums of exact binomials.
        #expect(abs((estimate["process_low"]?.double ?? 0) - 0.05446) < 1e-4)
        #expect(abs((estimate["process_high"]?.double ?? 0) - 0.41907) < 1e-4)
        let examples = try #require(shard["examples"]?.array)
        #expect(examples.map { $0["line"]?.int } == [4, 9, 11])
        #expect(examples.map { $0["custom_id"]?.string } == ["p4", "p9", "p11"])
        #expect(examples.map { $0["check"]?.string } == ["must_match", "must_match", "non_empty"])
        #expect(examples[0]["answer"]?.string == String(repeating: "ß", count: 200))
        #expect(examples[0]["answer_characters"]?.int == 100_000)
        let characters = try #require(try house.only("rejected").report["answer_characters"])
        #expect(characters["answers"]?.int == 21 && characters["longest"]?.int ?? 0 > 99_000)
    }

    @Test("a request without an answer is an example where no answer is defective")
    func failures() async throws {
        try house.drop((1...4).map { line("p\($0)") })
        try await house.start(StubBackend { $0.prompt == "p3" ? .status(400) : .good($0) })
        let done = try house.only("done")
        let examples = try #require(done.report["shards"]?.array?.flatMap { $0["examples"]?.array ?? [] })
        #expect(examples.map { $0["line"]?.int } == [3] && examples[0]["check"]?.string == "error_status")
        #expect(done.report["errors_by_code"]?["error_status"]?.int == 1)
    }

    @Test("the page is as durable as the report, and written anew after a crash before it", arguments: [false, true])
    func crash(atThePage: Bool) async throws {
        try house.drop([line("m"), line("n", model: "n")])
        let name = atThePage ? "report.html" : "report.json"
        let crash = Crash(under: house.spool.processing, at: 0) { operation, path in
            operation == .rename && path.lastNameBytes.elementsEqual(name.utf8)
        }
        let policies = Policies.test { $0.gates = .checked(GatePolicy(mustMatch: "Echo")) }
        await #expect(throws: (any Error).self) { try await house.start(StubBackend(), policies) }
        crash.end()
        let job = try #require(try house.spool.jobs().first)
        let page = house.spool.job(job).path.appending("report.html")
        #expect(try (FileFacts(at: page) != nil) == !atThePage)
        #expect(try house.spool.job(job).verdictReport() == nil, "no verdict stands without its page")
        try await house.start(StubBackend(), policies)
        let done = try house.only("done")
        #expect(try done.files == ["errors.jsonl", "output.jsonl", "report.html", "report.json"])
        #expect(try done.text("report.html").contains("\(job)"))
    }
}
