import BatchCore
import Ledgers
import Pipeline
import SystemPackage
import Testing

@Suite("A process that is killed at any step of a judgement by a model pays again for nothing but what was in flight")
struct KilledJudgingTests {
    private let prompts = (0..<4).map { "p\($0)" }

    private var policies: Policies {
        var policies = JudgingModelTests.policies { $0.canaryLines = 1 }
        policies.lane.concurrency = 2
        return policies
    }

    @Test("killed", .timeLimit(.minutes(20)), arguments: Crash.Moment.allCases)
    func killed(_ moment: Crash.Moment) async throws {
        let matrix = KillMatrix(
            lines: prompts.map { line($0) }, policies: policies,
            script: JudgingModelTests.judging { _ in JudgingModelTests.pass }, moment: moment)
        let steps = try await matrix.run(check)
        #expect(steps > 60, "\(steps): so few steps cannot be a whole run")
    }

    private func check(_ house: TestHouse, _ sent: [StubBackend.Sent], _ context: Comment) throws {
        #expect(try house.names("inbox").isEmpty && house.names("processing").isEmpty, context)
        let done = try house.only("done")
        #expect(try done.verdict == "accepted" && done.ids("output.jsonl") == prompts, context)
        let book = try house.book()
        #expect(book.open.isEmpty && book.reserved.isZero, context)
        #expect(done.money("cost", "spent_usd") == book.spent.usd, context)
        #expect(done.money("cost", "unknown_usd") == book.unknown.usd, context)
        #expect(try BookCheck(house.spool, policies).differences == [], context)
        // Two shards, each looked at whole: each request once, and once about its answer.
        #expect(Set(sent.map(\.prompt)).count == 2 * prompts.count, context)
        let worst = sent.filter { $0.model == "j" }.map(\.prompt.utf8.count).max() ?? 0
        let again = sent.count - 2 * prompts.count
        #expect(again <= 2 && book.unknown.tokens <= 2 * (worst + 1000), "\(context): \(again) sent again")
        #expect((again == 0) || !book.unknown.isZero, "\(context): \(again) sent again, and nothing is charged")
    }
}
