import BatchCore
import DurableFiles
import Ledgers
import Testing

@Suite("A restart sees the books as they were left")
struct LedgerRestartTests {
    private let directory: LedgerDirectory
    private let day = LedgerDirectory.day
    private let nextDay = LedgerDirectory.nextDay

    init() throws {
        directory = try LedgerDirectory()
    }

    private func cap(_ units: Int) -> Cap { Cap(usd: Amount.units(units).usd) }

    private func capUSD(_ ledger: FileBudgetLedger) async -> Money? {
        await ledger.book(of: day)?.cap.usd
    }

    @Test("open reservations are found, closed with what is known, and free what is left")
    func recovery() async throws {
        let before = try directory.ledger(cap: cap(100))
        #expect(try await before.leaveOpen([.units(60)], request(1)) != nil)
        let after = try directory.ledger(cap: cap(100))
        let open = await after.openReservations
        #expect(open.map(\.reservation.request) == [request(1)] && open.map(\.day) == [day])
        #expect(try await after.leaveOpen([.units(60)], request(2)) == nil)
        try await after.close(request(1).id, on: day, Settlement(spent: .units(10), unknown: .units(20)))
        #expect(try await after.leaveOpen([.units(60)], request(2)) != nil)
        let last = try #require(try await directory.ledger(cap: cap(100)).book(of: day))
        #expect(last.spent == .units(10) && last.unknown == .units(20) && last.reserved == .units(60))
    }

    @Test("a job whose files are older than the books goes on in a round that was not charged")
    func rounds() async throws {
        func round(_ ledger: FileBudgetLedger) async throws -> Int {
            guard case .granted(let given) = try await ledger.reserve([.units(10)], for: request(1), on: day) else {
                throw Unexpected()
            }
            return given.request.round
        }
        let first = try directory.ledger(cap: cap(100))
        #expect(try await round(first) == 1)
        try await first.close(request(1).id, on: day, Settlement())
        #expect(try await round(first) == 1, "nothing was sent under it")
        try await first.close(request(1).id, on: day, Settlement(unknown: .units(10)))
        #expect(try await round(first) == 2, "charged by this process")
        try await first.close(request(1).id, on: day, Settlement(spent: .units(5)))
        let second = try directory.ledger(cap: cap(100))
        #expect(try await round(second) == 3, "charged by an earlier one")
        _ = try directory.ledger(cap: cap(100))
    }

    @Test("a raise by hand outlives it; a limit that the raise does not state stays")
    func raise() async throws {
        let before = try directory.ledger(cap: Cap(usd: Amount.units(100).usd, tokens: 500))
        try await before.raise(cap(400), on: day, by: "uid 0")
        let after = try directory.ledger(cap: Cap(usd: Amount.units(100).usd, tokens: 500))
        #expect(await after.book(of: day)?.cap == Cap(usd: Amount.units(400).usd, tokens: 500))
        #expect(try await after.leaveOpen([.units(300)], request(1)) != nil)
    }

    @Test("a cap that was changed in the configuration takes effect")
    func changedCap() async throws {
        let before = try directory.ledger(cap: cap(100))
        #expect(try await before.leaveOpen([.units(60)], request(1)) != nil)
        let after = try directory.ledger(cap: cap(50))
        #expect(try await after.leaveOpen([.units(1)], request(2)) == nil)
        #expect(await capUSD(after) == Amount.units(50).usd)
        let larger = try directory.ledger(cap: cap(200))
        #expect(try await larger.leaveOpen([.units(140)], request(2)) != nil)
        #expect(try await capUSD(directory.ledger(cap: cap(200))) == Amount.units(200).usd)
    }

    @Test("a reload takes a changed cap over at once, and an unchanged one does not undo a raise by hand")
    func reload() async throws {
        let ledger = try directory.ledger(cap: cap(100))
        try await ledger.raise(cap(400), on: day, by: "uid 0")
        var policy = BudgetPolicy()
        policy.day = cap(100)
        policy.job = Cap(tokens: 5)
        try await ledger.reconfigure(policy, today: day)
        #expect(await capUSD(ledger) == Amount.units(400).usd)
        #expect(try await ledger.leaveOpen([.units(6)], request(1)) == nil, "the cap of a job is taken over")
        policy.day = cap(150)
        try await ledger.reconfigure(policy, today: day)
        #expect(await capUSD(ledger) == Amount.units(150).usd)
        #expect(try await capUSD(directory.ledger(cap: cap(150))) == Amount.units(150).usd)
    }

    @Test("a configuration without any cap can be written and read")
    func noCap() async throws {
        let ledger = try directory.ledger(cap: cap(100))
        #expect(try await ledger.leaveOpen([.units(60)], request(1)) != nil)
        var policy = BudgetPolicy()
        policy.day = Cap()
        try await ledger.reconfigure(policy, today: day)
        let after = try directory.ledger(cap: Cap())
        #expect(try await after.leaveOpen([.units(6000)], request(2)) != nil)
    }

    @Test("a settlement after midnight goes into the file of its reservation")
    func midnight() async throws {
        let ledger = try directory.ledger(cap: cap(100))
        guard case .granted(let reservation) = try await ledger.reserve([.units(90)], for: request(1), on: day) else {
            throw Unexpected()
        }
        #expect(try await ledger.leaveOpen([.units(90)], request(2), on: nextDay) != nil, "a new day has a new cap")
        ledger.settlePart(request(1).id, on: day, SettledPart(worstCase: .units(50), spent: .units(40)))
        try await ledger.settle(reservation)
        #expect(try directory.records(day).count == 3)
        #expect(try directory.records(nextDay).count == 2)
        #expect(await ledger.book(of: day)?.spent == .units(40))
        #expect(await ledger.book(of: nextDay)?.committed == .units(90))
        #expect(try BudgetFile.days(in: directory.path) == [day, nextDay])
    }

    @Test("a day that is over keeps the cap that it had, whatever the configuration says now")
    func pastCap() async throws {
        let before = try directory.ledger(cap: cap(100))
        #expect(try await before.leaveOpen([.units(90)], request(1)) != nil)
        let after = try directory.ledger(cap: cap(50))
        #expect(try await after.leaveOpen([.units(10)], request(2), on: nextDay) != nil)
        try await after.close(request(1).id, on: day, Settlement(spent: .units(80)))
        #expect(await after.book(of: day)?.cap == cap(100))
        #expect(try directory.records(day).count == 3)
    }

    @Test("the cap of a job counts what it committed on other days")
    func jobCap() async throws {
        let before = try directory.ledger { $0.job = Cap(tokens: 100) }
        #expect(try await before.leaveOpen([.units(60)], request(1)) != nil)
        let after = try directory.ledger({ $0.job = Cap(tokens: 100) }, days: [nextDay, day, day])
        #expect(try await after.leaveOpen([.units(41)], request(2), on: nextDay) == nil)
        #expect(try await after.leaveOpen([.units(40)], request(2), on: nextDay) != nil)
        await after.forget(job: "job")
        #expect(try await after.leaveOpen([.units(100)], request(3), on: nextDay) != nil)
    }

    @Test("a day whose file comes up later counts towards the cap of a job too")
    func lateDay() async throws {
        let before = try directory.ledger { $0.job = Cap(tokens: 100) }
        #expect(try await before.leaveOpen([.units(60)], request(1)) != nil)
        let after = try directory.ledger({ $0.job = Cap(tokens: 100) }, days: [])
        #expect(try await after.leaveOpen([.units(41)], request(2)) == nil)
        try await after.close(request(1).id, on: day, Settlement(spent: .units(30)))
        #expect(try await after.leaveOpen([.units(71)], request(2)) == nil)
        #expect(try await after.leaveOpen([.units(70)], request(2)) != nil)
        #expect(await after.book(of: day)?.spent == .units(30))
    }

    @Test("a request can hope for the larger of today's cap and of any other day's")
    func roomiest() async throws {
        let ledger = try directory.ledger(cap: cap(100))
        #expect(await ledger.roomiestCap(on: day) == cap(100))
        try await ledger.raise(cap(150), on: day, by: "uid 0")
        #expect(await ledger.roomiestCap(on: day) == cap(150))
        try await ledger.raise(cap(10), on: day, by: "uid 0")
        #expect(await ledger.roomiestCap(on: day) == cap(100), "tomorrow it fits")
    }
}
