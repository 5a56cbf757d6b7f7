import BatchCore
import Glibc
import Ledgers
import Pipeline
import SystemPackage
import Testing

@Suite("A process that is killed at any step of a batch creates none twice, and pays for nothing twice")
struct KilledBatchTests {
    private let prompts = ["p1", "p2", "p3", "p4", "p5"]

    private func policies(_ kind: BatchInterface.Kind) -> Policies {
        BatchCase.policies(by: kind) { $0.lane.shardLines = 3 }
    }

    /// The first batch leaves one of its lines undone, and fails one.
    private func provider(_ kind: BatchInterface.Kind) -> StubProvider {
        StubProvider(
            kind,
            end: { batch, lines in
                guard batch.id == "batch_1" else { return StubProvider.complete(&batch, lines) }
                batch.status = "expired"
                batch.output = lines.dropFirst().map(\.good).joined()
                batch.errors = lines[0].error("batch_expired")
            })
    }

    /// Of Anthropic's, whose steps are those of the other but for the file, every third, unless there is time for all.
    @Test(
        "killed", .timeLimit(.minutes(20)), arguments: Crash.Moment.allCases,
        [BatchInterface.Kind.openAI, .anthropic])
    func killed(_ moment: Crash.Moment, _ kind: BatchInterface.Kind) async throws {
        var step = 0
        let stride = kind == .openAI || getenv("BOBBIN_LONG") != nil ? 1 : 3
        while try await isKilled(at: step, moment, kind) { step += stride }
        #expect(step > 55, "\(step): so few steps cannot be a whole run")
    }

    /// - Returns: false if the run ended before that step.
    private func isKilled(at step: Int, _ moment: Crash.Moment, _ kind: BatchInterface.Kind) async throws -> Bool {
        let context: Comment = "\(kind), step \(step), \(moment)"
        let (house, provider, policies) = (try TestHouse(), provider(kind), policies(kind))
        try house.drop(prompts.map { line($0) })
        let crash = Crash(under: house.directory.path, at: step, moment) { operation, _ in
            KillMatrix.isStep(operation)
        }
        do { try await house.start(provider.connection { crash.isDead.isRaised }, policies) } catch {
            guard crash.isDead.isRaised else { throw error }
        }
        crash.end()
        try await house.start(provider.connection(), policies)
        #expect(try house.names("inbox").isEmpty && house.names("processing").isEmpty, context)
        let done = try house.only("done")
        #expect(try done.ids("output.jsonl").sorted() == prompts, context)
        // No batch twice, no request run twice.
        #expect(Set(provider.names).count == provider.names.count, context)
        #expect(provider.names.count == 3 && provider.now.run.sorted() == prompts, context)
        let book = try house.book()
        #expect(book.open.isEmpty && book.unknown.isZero, context)
        #expect(book.spent.usd == Money(picodollars: Int128(5 * BatchCase.cost)), context)
        #expect(done.money("cost", "spent_usd") == book.spent.usd, context)
        #expect(try BookCheck(house.spool, policies).differences == [], context)
        return crash.isDead.isRaised
    }
}
