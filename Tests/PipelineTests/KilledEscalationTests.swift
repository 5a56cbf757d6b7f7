import BatchCore
import Ledgers
import Pipeline
import SystemPackage
import Testing

@Suite("A process that is killed at any step of an escalation pays again for nothing but what was in flight")
struct KilledEscalationTests {
    private let prompts = ["bad1", "p2", "bad3", "worse", "bad5", "p6"]

    private var policies: Policies {
        EscalationTests.policies(canary: 1) {
            $0.lane.concurrency = 2
            $0.lane.shardLines = 3
        }
    }

    @Test("killed", .timeLimit(.minutes(20)), arguments: Crash.Moment.allCases)
    func killed(_ moment: Crash.Moment) async throws {
        let matrix = KillMatrix(
            lines: prompts.map { line($0, model: "r") }, policies: policies, script: EscalationTests.cascade,
            moment: moment)
        let steps = try await matrix.run(check)
        #expect(steps > 60, "\(steps): so few steps cannot be a whole run")
    }

    private func check(_ house: TestHouse, _ sent: [StubBackend.Sent], _ context: Comment) throws {
        #expect(try house.names("inbox").isEmpty && house.names("processing").isEmpty, context)
        let parts = try house.finished("done") + house.finished("rejected")
        var ends: [String] = []
        for part in parts { ends += try part.ids("output.jsonl") + part.ids("errors.jsonl") }
        #expect(ends.sorted() == prompts.sorted(), context)
        guard let report = parts.first else { return }
        let book = try house.book()
        #expect(book.open.isEmpty && book.reserved.isZero, context)
        #expect(report.money("cost", "spent_usd") == book.spent.usd, context)
        #expect(report.money("cost", "unknown_usd") == book.unknown.usd, context)
        #expect(try BookCheck(house.spool, policies).differences == [], context)
        // Each request once to the first model, and what that answered badly once to the second.
        let wanted = prompts.map { "\($0) m" } + prompts.filter { !$0.hasPrefix("p") }.map { "\($0) n" }
        let paid = sent.map { "\($0.prompt) \($0.model)" }
        #expect(Set(paid) == Set(wanted), context)
        #expect(report.count("escalated", "lines") == 4 && report.count("escalated", "good") == 3, context)
        let worst = try worstCase(of: line("worse", model: "r"), policies).usd.picodollars
        let again = paid.count - wanted.count
        #expect(again <= 2 && book.unknown.usd.picodollars <= 2 * worst, "\(context): \(again) sent again")
        #expect((again == 0) || !book.unknown.isZero, "\(context): \(again) sent again, and nothing is charged")
    }
}
