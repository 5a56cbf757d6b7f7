import BatchCore
import DurableFiles
import Ledgers
import Testing

@Suite("The sums of a day that is over stand for its records")
struct ClosedSumsTests {
    private let directory: LedgerDirectory
    private let day = LedgerDirectory.day
    private var file: BudgetFile { BudgetFile(day, in: directory.path) }

    init() throws {
        directory = try LedgerDirectory()
    }

    private func spend(_ count: Int, _ request: ReservationRequest, unknown: Int = 0) async throws {
        let ledger = try directory.ledger()
        guard case .granted(let reservation) = try await ledger.reserve([.units(count)], for: request, on: day)
        else { throw Unexpected() }
        let part = SettledPart(worstCase: .units(count), spent: .units(count - unknown), unknown: .units(unknown))
        ledger.settlePart(request.id, on: day, part)
        try await ledger.settle(reservation)
    }

    private func close(keeping jobs: Set<String> = ["job"]) throws -> Bool { try file.close(keeping: jobs) }

    /// What a ledger that starts now knows of the day, and whether it opened the file for it.
    private func start(
        _ change: (inout BudgetPolicy) -> Void = { _ in }
    ) async throws -> (ledger: FileBudgetLedger, book: Budget.Day?, hasRead: Bool) {
        let faults = FileFaults(under: directory.path)
        defer { faults.remove() }
        let ledger = try directory.ledger(change)
        let hasRead = faults.calls.contains { $0.operation == .open && $0.path == file.path }
        return (ledger, await ledger.book(of: day), hasRead)
    }

    @Test("a start takes them, and reads no record of the day")
    func taken() async throws {
        try await spend(5, request(1), unknown: 2)
        try await spend(3, request(1, job: "other", lane: "nightly"))
        let before = try await start()
        #expect(before.hasRead && before.book?.spent == .units(6) && before.book?.unknown == .units(2))
        #expect(try close())
        let after = try await start()
        #expect(!after.hasRead && after.book == before.book)
        // A late record goes behind the others, and the sums do not count any more.
        try await spend(1, request(2))
        let late = try await start()
        #expect(late.hasRead && late.book?.spent == .units(7))
    }

    @Test("what a job that goes on was charged counts against its cap; others are left out", arguments: [true, false])
    func capOfJob(isKept: Bool) async throws {
        try await spend(5, request(1))
        #expect(try close(keeping: isKept ? ["job"] : []))
        let found = try await start { $0.job = Cap(usd: Amount.units(6).usd) }
        let granted = try await found.ledger.leaveOpen([.units(2)], request(2), on: LedgerDirectory.nextDay)
        #expect((granted == nil) == isKept && !found.hasRead)
    }

    @Test("a day with something open, or without a whole last record, has none")
    func open() async throws {
        #expect(try await directory.ledger().leaveOpen([.units(1)], request(1)) != nil)
        #expect(try !close())
        try await spend(2, request(2))
        #expect(try !close() && directory.names.filter { $0.hasSuffix(".closed") }.isEmpty)
        let ledger = try directory.ledger()
        try await ledger.close(request(1).id, on: day, Settlement(spent: .units(1)))
        let bytes = try directory.bytes("\(day).jsonl")
        try directory.write(bytes + Array(#"{"v":1,"#.utf8), "\(day).jsonl")
        #expect(try !close())
        try directory.write(bytes, "\(day).jsonl")
        #expect(try close())
    }

    @Test("they count for nothing where they are damaged, or the file has another size, or the day is in doubt")
    func stale() async throws {
        try await spend(5, request(1))
        #expect(try close())
        let name = "\(day).closed"
        let sums = try directory.bytes(name)
        for index in sums.indices.dropLast() {
            var bytes = sums
            bytes[index] ^= 1
            try directory.write(bytes, name)
            #expect(try file.closed(knowing: [:]) == nil, "byte \(index)")
        }
        try directory.write(sums, name)
        #expect(try file.closed(knowing: [day: .opened]) != nil)
        #expect(try file.closed(knowing: [day: .doubtful("")]) == nil)
        try DurableFile.remove(file.path)
        await #expect(throws: LedgerError.self) { try await start() }
    }

    @Test("a byte that was changed in the file since is told by the checksum")
    func changed() async throws {
        try await spend(5, request(1))
        #expect(try close())
        var bytes = try directory.bytes("\(day).jsonl")
        bytes[bytes.count / 2] ^= 1
        try directory.write(bytes, "\(day).jsonl")
        let sums = try #require(try file.closed(knowing: [:]))
        #expect(try sums.checksum != file.checksum())
    }
}
