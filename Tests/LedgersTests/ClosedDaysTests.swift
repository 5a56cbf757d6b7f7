import BatchCore
import DurableFiles
import Ledgers
import Testing

@Suite("The file of a day that is over is closed, and opened again where it is needed")
struct ClosedDaysTests {
    private let directory: LedgerDirectory
    private let days = (0..<4).map { CivilDate(daysSinceEpoch: LedgerDirectory.day.daysSinceEpoch + $0) }

    init() throws {
        directory = try LedgerDirectory()
    }

    /// The budget files that the ledger looks at, by the number of the day.
    private func lookedAt(_ ledger: FileBudgetLedger) async throws -> [Int] {
        let faults = FileFaults(under: directory.path)
        defer { faults.remove() }
        try await ledger.checkFiles()
        let paths = Set(faults.calls.map(\.path))
        return days.indices.filter { paths.contains(BudgetFile(days[$0], in: directory.path).path) }
    }

    /// Spends one unit on a day.
    private func spend(_ ledger: FileBudgetLedger, _ shard: Int, on day: CivilDate) async throws {
        guard case .granted(let reservation) = try await ledger.reserve([.units(1)], for: request(shard), on: day)
        else { throw Unexpected() }
        ledger.settlePart(request(shard).id, on: day, SettledPart(worstCase: .units(1), spent: .units(1)))
        try await ledger.settle(reservation)
    }

    @Test("today's and yesterday's stay open, and those with an open reservation")
    func closed() async throws {
        let ledger = try directory.ledger(days: [])
        for (shard, day) in days.enumerated() {
            if shard == 1 { _ = try await ledger.leaveOpen([.units(1)], request(9), on: day) }
            try await spend(ledger, shard, on: day)
        }
        #expect(try await lookedAt(ledger) == [1, 2, 3])
        // Its sums are still known, and a late record is appended.
        #expect(await ledger.book(of: days[0])?.spent == .units(1))
        try await spend(ledger, 7, on: days[0])
        #expect(try directory.records(days[0]).count == 5)
        #expect(await ledger.book(of: days[0])?.spent == .units(2))
        let again = try directory.ledger(days: days)
        #expect(await again.book(of: days[0])?.spent == .units(2))
        #expect(await again.book(of: days[1])?.reserved == .units(1))
    }

    @Test("a job's cap counts what was spent on such a day once")
    func capOfJob() async throws {
        let ledger = try directory.ledger({ $0.job = Cap(usd: Amount.units(5).usd) }, days: [])
        for (shard, day) in days.enumerated() { try await spend(ledger, shard, on: day) }
        try await spend(ledger, 7, on: days[0])
        #expect(try await ledger.leaveOpen([.units(1)], request(8), on: days[0]) == nil)
    }

    @Test("one that was changed meanwhile is not written to, and nothing is cut off it", arguments: [-10, 10])
    func changed(by bytes: Int) async throws {
        let ledger = try directory.ledger(days: [])
        for (shard, day) in days.enumerated() { try await spend(ledger, shard, on: day) }
        let file = BudgetFile(days[0], in: directory.path).path
        let before = try DurableFile.read(file) ?? []
        let changed = before.dropLast(max(0, -bytes)) + Array(repeating: UInt8(ascii: "x"), count: max(0, bytes))
        try DurableFile.publish(Array(changed), to: file)
        await #expect { try await spend(ledger, 7, on: days[0]) } throws: {
            "\($0)".contains("it had \(before.count) bytes, and has \(changed.count)")
        }
        #expect(try DurableFile.read(file) == Array(changed))
    }
}
