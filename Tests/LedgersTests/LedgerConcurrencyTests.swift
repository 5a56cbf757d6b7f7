import BatchCore
import DurableFiles
import Glibc
import Ledgers
import TestSupport
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
                group.addTask {
                    try await Self.work(number, on: ledger, SeededGenerator(seed: seed << 8 | UInt64(number)))
                }
            }
            try await group.waitForAll()
        }
        let book = try #require(await ledger.book(of: LedgerDirectory.day))
        #expect(book.committed.fits(cap), "seed \(seed)")
        try await ledger.flush()
        let again = try #require(try await directory.ledger(cap: cap).book(of: LedgerDirectory.day))
        #expect(
            again.spent == book.spent && again.unknown == book.unknown && again.reserved == book.reserved,
            "seed \(seed)")
        #expect(again.shares == book.shares, "seed \(seed)")
        try checkEveryPrefix(directory, cap, seed)
    }

    /// What a crash leaves is a prefix of the file: none of them is above the cap.
    private func checkEveryPrefix(_ directory: LedgerDirectory, _ cap: Cap, _ seed: UInt64) throws {
        let records = try directory.records()
        for count in 1...records.count {
            var history = BudgetHistory(policy: BudgetPolicy())
            try history.replay(Array(records[..<count]), of: BudgetFile(LedgerDirectory.day, in: directory.path))
            #expect(
                history.budget.days[LedgerDirectory.day]?.committed.fits(cap) == true, "seed \(seed), \(count) records")
        }
    }

    private static func work(_ number: Int, on ledger: FileBudgetLedger, _ generator: SeededGenerator) async throws {
        var random = generator
        for round in 1...4 {
            let ask = (0..<3).map { _ in Amount.units(Int.random(in: 1...20, using: &random)) }
            switch try await ledger.reserve(
                ask, for: request(number, job: "job\(number)", round: round), on: LedgerDirectory.day)
            {
            case .refused(let refusal, _, _):
                #expect(!(refusal.committed + refusal.kept + refusal.needed).fits(refusal.cap))
            case .granted(let reservation):
                let worst = reservation.worstCase.tokens
                let (id, day) = (reservation.request.id, reservation.day)
                for part in Self.parts(of: worst, &random) {
                    ledger.settlePart(id, on: day, part)
                }
                let book = await ledger.book(of: LedgerDirectory.day)
                #expect(book.map { $0.committed.fits($0.cap) } == true)
                if random.once(in: 5) { return }  // dropped: it stays open
                try await ledger.settle(reservation)
            }
        }
    }

    /// One or two requests of a reservation, often all of it.
    private static func parts(of worst: Int, _ random: inout SeededGenerator) -> [SettledPart] {
        let first = Int.random(in: 0...worst, using: &random)
        let rest = random.once(in: 2) ? worst - first : 0
        return [first, rest].map { worst in
            let spent = Int.random(in: 0...worst, using: &random)
            return SettledPart(
                worstCase: .units(worst), spent: .units(spent), unknown: .units(random.once(in: 3) ? worst - spent : 0))
        }
    }

    @Test("what the last part of a reservation frees is in the file before it is spent again")
    func lastPart() async throws {
        let directory = try LedgerDirectory()
        let cap = Cap(usd: Amount.units(100).usd)
        let ledger = try directory.ledger(cap: cap)
        guard
            case .granted(let reservation) = try await ledger.reserve(
                [.units(90)], for: request(1), on: LedgerDirectory.day)
        else { throw Unexpected() }
        ledger.settlePart(
            request(1).id, on: LedgerDirectory.day, SettledPart(worstCase: .units(90), spent: .units(10)))
        #expect(try await ledger.leaveOpen([.units(85)], request(2)) == .units(85))
        let crashed = try #require(try await directory.ledger(cap: cap).book(of: LedgerDirectory.day))
        #expect(crashed.committed == .units(95) && crashed.open[request(1).id] == nil)
        try await ledger.settle(reservation)
        #expect(try directory.records().count == 4, "it ended once")
        #expect(try await directory.ledger(cap: cap).book(of: LedgerDirectory.day)?.committed == .units(95))
        #expect(try await ledger.leaveOpen([.units(5)], request(1, round: 2)) == .units(5))
    }

    @Test("who waits for money hears of a raise, and of books that have failed", .timeLimit(.minutes(6)))
    func waiting() async throws {
        let directory = try LedgerDirectory()
        let ledger = try directory.ledger(cap: Cap(usd: Amount.units(100).usd))
        guard
            case .granted(let reservation) = try await ledger.reserve(
                [.units(90)], for: request(1), on: LedgerDirectory.day),
            case .refused(_, true, let generation) = try await ledger.reserve(
                [.units(20)], for: request(2), on: LedgerDirectory.day)
        else { throw Unexpected() }
        async let change: Void = ledger.change(since: generation)
        try await ledger.raise(Cap(usd: Amount.units(101).usd), on: LedgerDirectory.day, by: "uid 0")
        await change
        guard
            case .refused(_, true, let later) = try await ledger.reserve(
                [.units(20)], for: request(2), on: LedgerDirectory.day)
        else { throw Unexpected() }
        async let failure: Void = ledger.change(since: later)
        let faults = FileFaults(under: directory.path) { operation, _ in operation == .fdatasync ? .error(EIO) : nil }
        defer { faults.remove() }
        await #expect(throws: LedgerError.self) { _ = try await ledger.leaveOpen([.units(1)], request(3)) }
        await failure
        await ledger.change(since: later + 1)
        await #expect(throws: LedgerError.self) { _ = try await ledger.leaveOpen([.units(1)], request(2)) }
        await #expect(throws: LedgerError.self) {
            try await ledger.close(request(1).id, on: LedgerDirectory.day, Settlement())
        }
        _ = reservation.count
    }
}
