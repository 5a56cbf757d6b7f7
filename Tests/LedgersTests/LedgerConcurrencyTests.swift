import BatchCore
import DurableFiles
import Ledgers
import Testing

@Suite("64 at a time never spend above the cap")
struct LedgerConcurrencyTests {
    @Test("reserving, settling in parts and ending, with the books read again at the end", arguments: UInt64(0)..<8)
    func together(seed: UInt64) async throws {
        let directory = try LedgerDirectory()
        let cap = Cap(usd: Amount.units(300).usd, tokens: 300)
        let ledger = try directory.ledger(cap: cap)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 1...64 {
                group.addTask { try await Self.work(number, on: ledger, SeededGenerator(seed: seed << 8 | UInt64(number))) }
            }
            try await group.waitForAll()
        }
        let book = try #require(await ledger.book(of: LedgerDirectory.day))
        #expect(book.committed.fits(cap), "seed \(seed)")
        try await ledger.flush()
        #expect(try await directory.ledger(cap: cap).book(of: LedgerDirectory.day) == book, "seed \(seed)")
        try checkEveryPrefix(directory, cap, seed)
    }

    /// What a crash leaves is a prefix of the file: none of them is above the cap.
    private func checkEveryPrefix(_ directory: LedgerDirectory, _ cap: Cap, _ seed: UInt64) throws {
        let records = try directory.records()
        for count in 1...records.count {
            var history = BudgetHistory(policy: BudgetPolicy())
            try history.replay(Array(records[..<count]), of: BudgetFile(LedgerDirectory.day, in: directory.path))
            #expect(history.budget.days[LedgerDirectory.day]?.committed.fits(cap) == true, "seed \(seed), \(count) records")
        }
    }

    private static func work(_ number: Int, on ledger: FileBudgetLedger, _ generator: SeededGenerator) async throws {
        var random = generator
        for round in 1...4 {
            let ask = (0..<3).map { _ in Amount.units(Int.random(in: 1...20, using: &random)) }
            switch try await ledger.reserve(
                ask, for: request(number, job: "job\(number)", round: round), on: LedgerDirectory.day)
            {
            case .refused(let refusal):
                #expect(!(refusal.committed + refusal.needed).fits(refusal.cap))
            case .granted(let reservation):
                let worst = reservation.worstCase.tokens
                let spent = Int.random(in: 0..<worst, using: &random)
                await ledger.settlePart(reservation, Settlement(spent: .units(spent / 2), open: .units(worst - spent)))
                let book = await ledger.book(of: LedgerDirectory.day)
                #expect(book.map { $0.committed.fits($0.cap) } == true)
                if random.once(in: 5) { return }  // dropped: it stays open
                try await ledger.settle(reservation, Settlement(spent: .units(spent / 2), unknown: .units(random.once(in: 3) ? 1 : 0)))
            }
        }
    }
}
