import BatchCore
import DurableFiles
import Ledgers
import SystemPackage
import TestSupport
import Testing

@Suite("The witness of a spool knows what was spent before it is, and accuses no crash")
struct WitnessTests {
    private let directory: LedgerDirectory
    private let day = LedgerDirectory.day
    private let cap = Cap(usd: Amount.units(25_600).usd, tokens: 25_600)

    init() throws {
        directory = try LedgerDirectory()
    }

    private var path: FilePath { directory.path.appending("\(day).jsonl") }
    private var openedDays: FilePath { directory.path.appending("days") }

    /// As a new process has it.
    private func witness(_ id: String = "a1") throws -> Witness {
        try Witness(in: directory.path.appending("witnesses"), id: id, spool: "/spool")
    }

    private func ledger(_ witness: Witness?) throws -> FileBudgetLedger {
        var policy = BudgetPolicy()
        policy.day = cap
        return try FileBudgetLedger(
            in: directory.path, openedDays: openedDays, policy: policy, days: [day], witness: witness
        ) { Timestamp(seconds: 1_795_514_400) }
    }

    private func check(_ witness: Witness, isRestored: Bool = false) async throws -> String? {
        do {
            try await witness.check(budget: directory.path, openedDays: openedDays, isRestored: isRestored)
            return nil
        } catch LedgerError.notAdopted(_, let reason) { return reason }
    }

    private func adopt(_ witness: Witness?, spent: Int = 0) async throws -> Amount? {
        var policy = BudgetPolicy()
        policy.day = cap
        let adoption = BudgetAdoption(of: day, in: directory.path, policy: policy, at: Timestamp(seconds: 0))
        let charge = BudgetAdoption.Charge(
            job: "job", lane: "default", uid: 7, spent: .units(spent), unknown: .zero,
            byModel: ["m": Settlement(spent: .units(spent))])
        return try await adoption.adopt([charge], openedDays: openedDays, witness: witness)
    }

    private func replayed() throws -> Budget.Day {
        var history = BudgetHistory(policy: BudgetPolicy())
        try history.replay(directory.records(), of: BudgetFile(day, in: directory.path))
        return try #require(history.budget.days[day])
    }

    /// Reserves, books half of it as spent and the rest as free.
    private func spend(_ amount: Int, _ shard: Int, _ ledger: FileBudgetLedger) async throws {
        guard
            case .granted(let reservation) = try await ledger.reserve([.units(amount)], for: request(shard), on: day)
        else { throw Unexpected() }
        let part = SettledPart(worstCase: .units(amount), spent: .units(amount / 2))
        ledger.settlePart(request(shard).id, on: day, part)
        try await ledger.settle(reservation)
    }

    @Test("the name that a killed process gave it is on disk before it is believed")
    func leftName() throws {
        _ = try witness()
        let faults = FileFaults(under: directory.path)
        defer { faults.remove() }
        _ = try witness()
        let place = directory.path.appending("witnesses")
        #expect(faults.calls.contains { $0.operation == .fsync && $0.path == place })
    }

    @Test("whatever is reserved and settled: the file says no less than was committed, and no more than the books have")
    func ahead() async throws {
        for seed in UInt64(1)...8 {
            let directory = try LedgerDirectory()
            var random = SeededGenerator(seed: seed)
            let place = directory.path.appending("witnesses")
            let witness = try Witness(in: place, id: "a1", spool: "/spool")
            var policy = BudgetPolicy()
            policy.day = cap
            let ledger = try FileBudgetLedger(
                in: directory.path, openedDays: directory.path.appending("days"), policy: policy, days: [],
                witness: witness
            ) { Timestamp(seconds: 1_795_514_400) }
            var open: [(shard: Int, amount: Int)] = []
            for step in 1...120 {
                switch Int.random(in: 0..<4, using: &random) {
                case 0...1:
                    let amount = Int.random(in: 1...300, using: &random)
                    if try await ledger.leaveOpen([.units(amount)], request(step)) != nil {
                        open.append((step, amount))
                    }
                case 2:
                    guard let (shard, amount) = open.popLast() else { continue }
                    let spent = Int.random(in: 0...amount, using: &random)
                    try await ledger.close(request(shard).id, on: day, Settlement(spent: .units(spent)))
                default: try await ledger.flush()
                }
                let book = await ledger.book(of: day)
                guard let committed = book?.committed, !open.isEmpty else { continue }
                let onDisk = try #require(try Witness(in: place, id: "a1", spool: "/spool").sighting, "seed \(seed)")
                #expect(onDisk.most.covers(committed), "seed \(seed), step \(step)")
                let size = try FileFacts(at: directory.path.appending("\(day).jsonl"))?.sizeBytes ?? 0
                #expect(onDisk.bytes <= size, "seed \(seed), step \(step)")
            }
        }
    }

    @Test("small reservations wait for the witness once in a while, not each time")
    func blocks() async throws {
        let ledger = try ledger(try witness())
        var seen: Set<Int> = []
        for shard in 1...100 {
            _ = try await ledger.leaveOpen([.units(5)], request(shard))
            seen.insert(try #require(try witness().sighting).bytes)
        }
        #expect(2...8 ~= seen.count, "500 of 25,600: a block is 100")
    }

    @Test("after a crash, or an end, the books are not behind it")
    func crash() async throws {
        for ends in [false, true] {
            let ledger = try ledger(try witness())
            try await spend(900, ends ? 3 : 1, ledger)
            _ = try await ledger.leaveOpen([.units(10)], request(ends ? 4 : 2))
            if ends { try await ledger.close() }
            #expect(try await check(try witness()) == nil)
        }
        let seen = try #require(try witness().sighting)
        #expect(seen.most == seen.committed, "a clean end leaves nothing that may have been reserved since")
        #expect(try await check(try witness(), isRestored: true) == nil)
    }

    @Test("an older file is refused, on record, and the difference is booked as unknown by adopting it")
    func older() async throws {
        let first = try ledger(try witness())
        try await spend(100, 1, first)
        try await first.close()
        let older = try #require(try DurableFile.read(path))
        let second = try ledger(try witness())
        try await spend(3000, 2, second)
        try await second.close()
        try DurableFile.publish(older, to: path)
        let reason = try await check(try witness())
        #expect(reason?.contains("older than what was spent") == true)
        #expect(throws: LedgerError.self) { try ledger(nil) }
        #expect(try await adopt(try witness(), spent: 50) == .units(1500))
        #expect(try replayed().unknown == .units(1500) && replayed().spent == .units(50))
        #expect(try await check(try witness()) == nil)
        #expect(try await ledger(try witness()).leaveOpen([.units(25_600 - 1550 + 1)], request(5)) == nil)
        #expect(try await ledger(try witness()).leaveOpen([.units(25_600 - 1550)], request(5)) != nil)
    }

    @Test("a file that is gone is booked as far as the witness knows, in the jobs' names what they tell")
    func gone() async throws {
        let first = try ledger(try witness())
        try await spend(3000, 1, first)
        try await first.close()
        try DurableFile.remove(path)
        try DurableFile.remove(openedDays)
        #expect(try await check(try witness()) != nil)
        #expect(try await adopt(try witness(), spent: 1000) == .units(1500))
        let book = try replayed()
        #expect(book.spent == .units(1000) && book.unknown == .units(500))
        #expect(book.shares[.model("m")] == .units(1000) && book.shares[.uid(7)] == .units(1000))
    }

    @Test("of a backup made just before a crash, what may have been reserved after it is booked as well")
    func restored() async throws {
        let first = try ledger(try witness())
        _ = try await first.leaveOpen([.units(500)], request(1))
        let backup = try #require(try DurableFile.read(path))
        // Within the block: the witness on disk does not hear of it.
        _ = try await first.leaveOpen([.units(90)], request(2))
        try DurableFile.publish(backup, to: path)
        #expect(try await check(try witness()) == nil, "as it looks, a crash may have come before the second one")
        #expect(try await check(try witness(), isRestored: true)?.contains("of a backup") == true)
        _ = try await adopt(try witness())
        #expect(try replayed().committed.covers(.units(590)))
        #expect(try await check(try witness(), isRestored: true) == nil)
    }

    @Test("a spool is found by its place, and its id names the file")
    func place() throws {
        let place = directory.path.appending("witnesses")
        #expect(Witness.path(ofSpoolAt: "/spool", in: place) == nil)
        let witness = try witness()
        witness.note(keyRecords: 7)
        #expect(try self.witness().keyRecords == 0, "not written yet")
    }

    @Test("what nobody has written is refused")
    func damaged() async throws {
        let ledger = try ledger(try witness())
        try await spend(100, 1, ledger)
        let witness = try witness()
        #expect(Witness.path(ofSpoolAt: "/spool", in: witness.path.parent) == witness.path)
        var bytes = try #require(try DurableFile.read(witness.path))
        bytes[20] ^= 1
        try DurableFile.publish(bytes, to: witness.path)
        #expect(throws: LedgerError.self) { try self.witness() }
    }
}
