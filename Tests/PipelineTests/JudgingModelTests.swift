import BatchCore
import DurableFiles
import Gates
import Ledgers
import Pipeline
import Spooling
import Testing

@Suite("A model that judges is asked about a sample, and paid for like any", .timeLimit(.minutes(6)))
struct JudgingModelTests {
    private let house: TestHouse
    private let lines = (100..<140).map { line("p\($0)") }
    private let size = SamplingPlan(SamplePolicy(), lot: 40).largestSample

    init() throws {
        house = try TestHouse()
    }

    /// `j` judges, at the price of the others.
    static func policies(_ change: (inout GatePolicy) -> Void = { _ in }) -> Policies {
        var policies = Policies.judged {
            $0.judge = .model(JudgeModel(name: "j"))
            change(&$0)
        }
        var judge = policies.catalogue.models["m"]
        judge?.name = "j"
        policies.catalogue.models["j"] = judge
        return policies
    }

    /// Answers of `j` to what it is asked; the others echo.
    static func judging(_ verdict: @escaping @Sendable (StubBackend.Sent) -> StubBackend.Reply) -> StubBackend.Script {
        { $0.model == "j" ? verdict($0) : .good($0) }
    }

    static let pass = StubBackend.Reply.text(#"{"verdict": "pass", "reason": ""}"#)
    static let fail = StubBackend.Reply.text("```json\n{\"verdict\": \"fail\", \"reason\": \"it is wrong\"}\n```")

    private func asked(_ backend: StubBackend) throws -> [JSONValue] {
        try backend.sent.filter { $0.model == "j" }.map { try JSONValue(parsing: $0.prompt) }
    }

    private func checkBooks(_ job: Finished, spent answers: Int) throws {
        #expect(job.money("cost", "spent_usd") == Money(picodollars: Int128(answers) * 20_000_000))
        let book = try house.book()
        #expect(book.spent.usd == job.money("cost", "spent_usd") && book.open.isEmpty && book.reserved.isZero)
        #expect(book.spent.tokens + book.unknown.tokens == job.count("figures", "tokens"))
        #expect(try BookCheck(house.spool, Self.policies()).differences == [])
    }

    @Test("accepted: the sample is asked about, told with its cost, and never asked about again")
    func accepted() async throws {
        try house.drop(lines)
        let backend = StubBackend(Self.judging { _ in Self.pass })
        try await house.start(backend, Self.policies())
        let done = try house.only("done")
        #expect(done.verdict == "accepted" && backend.sent.count == 40 + size && size < 40)
        let questions = try asked(backend)
        let first = try #require(questions.first)
        let prompt = try #require(first["request"]?["messages"]?.array?.last?["content"]?.string)
        #expect(first["answer"]?.string == "Echo \(prompt)")
        #expect(Set(questions.compactMap { $0["answer"]?.string }).count == size)
        let shard = try #require(done.report["shards"]?.array?.first)
        #expect(shard["sample"]?["sampled"]?.int == size && shard["sample"]?["defective"]?.int == 0)
        #expect(shard["judge"]?["requests"]?.int == size && shard["judge"]?["reused"]?.int == 0)
        #expect(shard["spent_usd"]?.string == "0.0008" && shard["judge"]?["shard"]?.int == 3)
        let models = done.report["models"]?.array ?? []
        #expect(models.map { $0["model"]?.string } == ["j", "m"] && models.map { $0["lines"]?.int } == [0, 40])
        #expect(done.count("lines", "total") == 40 && done.count("attempts", "total") == 40)
        let page = try done.text("report.html")
        #expect(page.contains("went to the judge, for \(size) questions."))
        try checkBooks(done, spent: 40 + size)
    }

    @Test("rejected: its reason is the reason of the answer")
    func rejected() async throws {
        try house.drop(lines)
        try await house.start(StubBackend(Self.judging { _ in Self.fail }), Self.policies())
        let rejected = try house.only("rejected")
        let reason = "shard 1: \(size) of \(size) sampled answers did not pass the judge"
        #expect(rejected.verdict == "rejected" && rejected.reason.hasPrefix(reason))
        let marks = try rejected.lines("reprocess.jsonl").compactMap { $0["bobbin"]?["reason"]?.string }
        #expect(marks.count == 40 && marks.count { $0.contains("it is wrong") } == size)
        try checkBooks(rejected, spent: 40 + size)
    }

    @Test("what another job has asked it is taken from the hash log")
    func reused() async throws {
        try house.drop(lines)
        let backend = StubBackend(Self.judging { _ in Self.pass })
        try await house.start(backend, Self.policies { $0.sample.statedAcceptable = nil })
        // All answers come from the hash log; the sample of this job has others in it, and some of the same.
        try house.drop(lines, as: "b.jsonl")
        try await house.start(backend, Self.policies())
        let second = try #require(try house.finished("done").first { $0.job.stem == "b" })
        let shard = second.report["shards"]?.array?.first
        let questions = try asked(backend)
        #expect(Set(questions.compactMap { $0["answer"]?.string }).count == questions.count)
        #expect(shard?["judge"]?["reused"]?.int == 2 * size - questions.count)
        #expect(shard?["judge"]?["requests"]?.int == size && second.count("lines", "reused") == 40)
    }

    @Test("it is reminded of the form once; without a verdict the job waits, and nothing more is paid for")
    func noVerdict() async throws {
        try house.drop(lines)
        let mute = StubBackend(Self.judging { _ in .text("I would rather not.") })
        try await house.start(mute, Self.policies())
        #expect(mute.sent.count == 40 + 2 * size)
        try await house.start(mute, Self.policies())
        #expect(mute.sent.count == 40 + 2 * size)
        let state = try #require(try house.spool.jobs().first.map { try house.spool.job($0).state() } ?? nil)
        #expect(state.reason.contains("the judge j gives no verdict on line"))
        #expect(state.reason.contains("what it wrote is no JSON"))
        // Other instructions are another question.
        let other = StubBackend(Self.judging { _ in Self.pass })
        let policies = Self.policies {
            var judge = JudgeModel(name: "j")
            judge.instructions.text = "Say whether it is good."
            $0.judge = .model(judge)
        }
        try await house.start(other, policies)
        #expect(try other.sent.count == size && house.only("done").verdict == "accepted")
        try checkBooks(try house.only("done"), spent: 40 + 3 * size)
    }

    @Test("a reminder that is heard is enough")
    func reminded() async throws {
        try house.drop(lines)
        let backend = StubBackend(Self.judging { $0.time == 1 ? .text("fine") : Self.pass })
        try await house.start(backend, Self.policies())
        #expect(try house.only("done").verdict == "accepted" && backend.sent.count == 40 + 2 * size)
    }

    @Test("no money for the judge: the job waits for it, also where lines would be refused, and goes on from there")
    func noMoney() async throws {
        try house.drop(lines)
        let backend = StubBackend(Self.judging { _ in Self.pass })
        var policies = Self.policies()
        policies.budget.models["j"] = Cap(usd: try worstOfQuestion(policies))
        policies.budget.whenExhausted = .reject
        try await house.start(backend, policies)
        #expect(backend.sent.count == 41)
        #expect(try house.names("done").isEmpty && house.names("rejected").isEmpty)
        policies.budget = BudgetPolicy()
        try await house.start(backend, policies)
        #expect(try house.only("done").verdict == "accepted" && backend.sent.count == 40 + size)
    }

    /// The dearest that one attempt of the judge can be.
    private func worstOfQuestion(_ policies: Policies) throws -> Money {
        let request = try JSONValue(parsing: line("p100"))["body"] ?? .null
        var writer = JSONWriter()
        writer.element(raw: request)
        let question = JudgeQuestion(
            customID: nil, url: "", request: writer.bytes, response: [], text: "Echo p100")
        let text = ModelQuestion(of: JudgeModel(name: "j"), about: question).line(isReminder: false)
        return try worstCase(of: String(decoding: text, as: UTF8.self), policies).usd
    }

    @Test("an attempt without an answer is charged as unknown to the model that judges")
    func lost() async throws {
        try house.drop(lines)
        let backend = StubBackend(Self.judging { $0.time == 1 ? .lost : Self.pass })
        try await house.start(backend, Self.policies())
        let done = try house.only("done")
        let book = try house.book()
        #expect(!book.unknown.isZero && done.money("cost", "unknown_usd") == book.unknown.usd)
        let shard = try #require(done.report["shards"]?.array?.first)
        #expect(shard["judge"]?["unknown_usd"]?.string == book.unknown.usd.decimal)
        #expect(done.report["models"]?.array?.first?["unknown_usd"]?.string == book.unknown.usd.decimal)
        try checkBooks(done, spent: 40 + size)
    }

    @Test("a question that can never be paid for is no verdict, in words")
    func tooDear() async throws {
        try house.drop(lines)
        var policies = Self.policies()
        policies.budget.models["j"] = Cap(usd: Money(picodollars: 1))
        let backend = StubBackend(Self.judging { _ in Self.pass })
        try await house.start(backend, policies)
        let state = try #require(try house.spool.jobs().first.map { try house.spool.job($0).state() } ?? nil)
        #expect(state.reason.contains("it cannot be asked: ") && backend.sent.count == 40)
    }
}
