import BatchCore
import Ledgers
import Pipeline
import Spooling
import TestSupport
import Testing

@Suite(
    "A batch that is out when its process stops is waited for by the next, at its price and once",
    .timeLimit(.minutes(6)))
struct StoppedBatchTests {
    private let house: TestHouse

    init() throws {
        house = try TestHouse()
        try house.drop(BatchCase.lines)
    }

    /// A process that is stopped while its only batch is out.
    private func stopAtFirstLook(_ policies: Policies, _ end: StubProvider.End? = nil) async throws -> StubProvider {
        let stop = Flag()
        let provider = StubProvider(
            faults: { verb, _ in
                if verb == .look { stop.raise() }
                return .none
            }, end: end ?? StubProvider.complete)
        try await house.start(provider.connection(), policies) { $0.isStopping = { stop.isRaised } }
        let job = try #require(house.spool.jobs().first)
        let batch = try #require(house.spool.job(job).batches().first).batch
        #expect(batch.batchID == "batch_1" && batch.lines.count == 6)
        let book = try house.book()
        #expect(book.open.count == 1 && book.committed == book.reserved && !book.reserved.isZero)
        return provider
    }

    @Test("a stop leaves the batch running and its money set aside; the next process looks it up")
    func stopped() async throws {
        let policies = BatchCase.policies { $0.lane.shardLines = 6 }
        let provider = try await stopAtFirstLook(policies)
        #expect(!provider.now.calls.contains(.cancel))
        try await house.finishBatches(provider, policies)
        #expect(provider.names.count == 1)
    }

    @Test("where the configuration says so, a stop cancels it, and the next process uses what was done by then")
    func cancelled() async throws {
        let policies = BatchCase.policies {
            $0.lane.shardLines = 6
            $0.catalogue.endpoints["local"]?.batch?.atStop = .cancel
        }
        let provider = try await stopAtFirstLook(policies) { batch, lines in
            guard batch.status == "cancelling" else { return StubProvider.complete(&batch, lines) }
            batch.status = "cancelled"
            batch.output = lines.prefix(2).map(\.good).joined()
        }
        #expect(provider.now.calls.contains(.cancel))
        try await house.finishBatches(provider, policies)
        #expect(provider.names.count == 2 && provider.now.run.sorted() == BatchCase.prompts)
    }

    @Test("a batch that the provider knows no more is charged as unknown, and its lines go out again")
    func gone() async throws {
        let policies = BatchCase.policies { $0.lane.shardLines = 6 }
        _ = try await stopAtFirstLook(policies)
        let other = StubProvider()
        let done = try await house.finishBatches(other, policies, unknown: 6)
        #expect(other.names.count == 1 && done.count("attempts", "total") == 12)
    }

    @Test("a price that changes while it is out changes nothing of it")
    func price() async throws {
        let policies = BatchCase.policies { $0.lane.shardLines = 6 }
        let provider = try await stopAtFirstLook(policies)
        let dearer = BatchCase.policies {
            $0.lane.shardLines = 6
            let price = Price(input: Money(picodollars: 900_000), output: Money(picodollars: 9_000_000))
            $0.catalogue.models["m"]?.prices = PriceList(price)
        }
        try await house.start(provider.connection(), dearer)
        #expect(
            try house.book().spent.usd == Money(picodollars: Int128(6 * BatchCase.cost)) && house.book().open.isEmpty)
        #expect(provider.names.count == 1)
    }

    @Test("a model that is not configured any more: its batch is waited for, and charged at the worst case")
    func unconfigured() async throws {
        let policies = BatchCase.policies { $0.lane.shardLines = 6 }
        let provider = try await stopAtFirstLook(policies)
        let other = BatchCase.policies { $0.catalogue.models["m"] = nil }
        try await house.start(provider.connection(), other)
        let finished = try house.finished("done") + house.finished("rejected")
        #expect(finished.count == 1 && finished[0].count("lines", "failed") == 6)
        #expect(
            try house.book().unknown.usd == 6 * worstCase(of: BatchCase.lines[0], policies).usd
                && house.book().open.isEmpty)
    }
}
