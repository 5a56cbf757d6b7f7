import BatchCore
import Ledgers
import Pipeline
import TestSupport
import Testing

/// A file of six lines that is sent by batch, in two shards.
enum BatchCase {
    static let lines = (1...6).map { line("p\($0)") }
    static let prompts = (1...6).map { "p\($0)" }
    /// Of one good answer, at the price of the batch: 10 tokens in and 5 out.
    static let cost = 10_000_000

    /// Models at half the usual price, three lines a shard, no pause between looks.
    static func policies(
        by kind: BatchInterface.Kind = .openAI, _ change: (inout Policies) -> Void = { _ in }
    ) -> Policies {
        .test {
            var interface = BatchInterface(kind)
            (interface.poll, interface.lookup) = (.milliseconds(1), .zero)
            $0.catalogue.endpoints["local"]?.batch = interface
            let half = Price(input: Money(picodollars: 500_000), output: Money(picodollars: 1_000_000))
            for name in ["m", "n"] {
                $0.catalogue.models[name]?.prices = PriceList(half)
                if kind == .anthropic { $0.catalogue.models[name]?.interface = .anthropic }
            }
            if kind == .anthropic { $0.catalogue.endpoints["local"]?.interface = .anthropic }
            $0.lane.shardLines = 3
            change(&$0)
        }
    }
}

extension TestHouse {
    /// Starts a process that is not killed, and checks what holds whatever happened before.
    @discardableResult
    func finishBatches(
        _ provider: StubProvider, _ policies: Policies = BatchCase.policies(), spent: Int = 6, unknown: Int = 0
    ) async throws -> Finished {
        try await start(provider.connection(), policies)
        let done = try only("done")
        #expect(try (done.ids("output.jsonl") + done.ids("errors.jsonl")).sorted() == BatchCase.prompts)
        #expect(Set(provider.names).count == provider.names.count, "\(provider.names)")
        let book = try book()
        #expect(book.open.isEmpty && book.reserved.isZero)
        #expect(book.spent.usd == Money(picodollars: Int128(spent * BatchCase.cost)))
        #expect(try book.unknown.usd == unknown * worstCase(of: BatchCase.lines[0], policies).usd)
        #expect(
            done.money("cost", "spent_usd") == book.spent.usd && done.money("cost", "unknown_usd") == book.unknown.usd)
        #expect(try BookCheck(spool, policies).differences == [])
        return done
    }
}
