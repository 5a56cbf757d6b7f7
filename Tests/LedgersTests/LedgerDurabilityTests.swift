import BatchCore
import DurableFiles
import Glibc
import Ledgers
import SystemPackage
import Testing

@Suite("A reservation is on disk before it is handed out")
struct LedgerDurabilityTests {
    private let directory: LedgerDirectory

    init() throws {
        directory = try LedgerDirectory()
    }

    @Test("it is fsynced when reserve returns, and so is a settlement and a raise")
    func durable() async throws {
        let ledger = try directory.ledger()
        let faults = FileFaults(under: directory.path)
        defer { faults.remove() }
        guard
            case .granted(let reservation) = try await ledger.reserve(
                [.units(9)], for: request(1), on: LedgerDirectory.day)
        else { throw Unexpected() }
        #expect(faults.count(.fsync) >= 1, "the directory, as the file is new")
        #expect(faults.count(.fdatasync) == 2, "the book, then the record that the day has one")
        #expect(try directory.records().count == 2)
        ledger.settlePart(
            request(1).id, on: LedgerDirectory.day, SettledPart(worstCase: .units(9), spent: .units(4)))
        try await ledger.settle(reservation)
        #expect(faults.count(.fdatasync) == 3)
        try await ledger.raise(Cap(tokens: 50), on: LedgerDirectory.day, by: "uid 0")
        #expect(faults.count(.fdatasync) == 4)
        #expect(faults.calls.last?.operation == .fdatasync, "nothing is written after the last sync")
        #expect(try directory.records().count == 4)
    }

    @Test("a day is on record no sooner than its file: if that fails, the day has not begun")
    func dayOnRecord() async throws {
        let ledger = try directory.ledger()
        let file = BudgetFile(LedgerDirectory.day, in: directory.path).path
        let faults = FileFaults(under: file) { operation, _ in operation == .write ? .error(EIO) : nil }
        await #expect(throws: LedgerError.self) { _ = try await ledger.leaveOpen([.units(1)], request(1)) }
        faults.remove()
        #expect(try OpenedDays.states(in: directory.path.appending("days")).isEmpty)
        #expect(try await directory.ledger().leaveOpen([.units(1)], request(1)) == .units(1))
    }

    @Test("64 reservations that come together share the syncs")
    func groupCommit() async throws {
        let ledger = try directory.ledger()
        let faults = FileFaults(under: directory.path)
        defer { faults.remove() }
        try await withThrowingTaskGroup(of: Amount?.self) { group in
            for shard in 1...64 { group.addTask { try await ledger.leaveOpen([.units(1)], request(shard)) } }
            for try await granted in group { #expect(granted == .units(1)) }
        }
        #expect(faults.count(.fdatasync) < 64, "each reservation synced alone")
        #expect(try directory.records().count == 65)
    }

    @Test("part settlements wait for a record that has to be durable, and stand before it")
    func parts() async throws {
        let ledger = try directory.ledger(cap: Cap(usd: Amount.units(100).usd))
        guard
            case .granted(let reservation) = try await ledger.reserve(
                [.units(90)], for: request(1), on: LedgerDirectory.day)
        else { throw Unexpected() }
        ledger.settlePart(
            request(1).id, on: LedgerDirectory.day, SettledPart(worstCase: .units(60), spent: .units(10)))
        ledger.settlePart(
            request(1).id, on: LedgerDirectory.day, SettledPart(worstCase: .units(25), spent: .units(10)))
        #expect(try directory.records().count == 2)
        #expect(try await ledger.leaveOpen([.units(75)], request(2)) == .units(75))
        let kinds = try directory.records().map { record in
            switch record {
            case .open: "open"
            case .reserve(_, let request, _): "reserve \(request.id.shard)"
            case .settle(_, let id, let settlement): "settle \(id.shard) \(settlement.open.tokens)"
            case .raise: "raise"
            }
        }
        #expect(kinds == ["open", "reserve 1", "settle 1 5", "reserve 2"])
        try await ledger.settle(reservation)
        #expect(try await directory.ledger().book(of: LedgerDirectory.day)?.committed == .units(95))
    }

    @Test("flush puts parts on disk for those who read the file meanwhile, once")
    func flush() async throws {
        let ledger = try directory.ledger()
        guard
            case .granted(let reservation) = try await ledger.reserve(
                [.units(90)], for: request(1), on: LedgerDirectory.day)
        else { throw Unexpected() }
        ledger.settlePart(
            request(1).id, on: LedgerDirectory.day, SettledPart(worstCase: .units(60), spent: .units(10)))
        try await ledger.flush()
        try await ledger.flush()
        #expect(try directory.records().count == 3)
        #expect(try await directory.ledger().book(of: LedgerDirectory.day)?.committed == .units(40))
        try await ledger.settle(reservation)
    }

    @Test(
        "after a failed write or sync every call throws, nothing is handed out, and a restart sees the books",
        arguments: [
            (FileOperation.fdatasync, EIO), (.write, ENOSPC), (.write, EIO),
        ])
    func failure(operation: FileOperation, code: Int32) async throws {
        let ledger = try directory.ledger()
        guard
            case .granted(let reservation) = try await ledger.reserve(
                [.units(9)], for: request(1), on: LedgerDirectory.day)
        else { throw Unexpected() }
        let faults = FileFaults(under: directory.path) { called, _ in called == operation ? .error(code) : nil }
        await throwsLedgerError("reserve") { _ = try await ledger.leaveOpen([.units(1)], request(2)) }
        faults.remove()
        await throwsLedgerError("the same again") { _ = try await ledger.leaveOpen([.units(1)], request(2)) }
        await throwsLedgerError("another") { _ = try await ledger.leaveOpen([.units(1)], request(3)) }
        await throwsLedgerError("one that would be refused") {
            _ = try await ledger.leaveOpen([.units(9999)], request(4))
        }
        await throwsLedgerError("another day") {
            _ = try await ledger.leaveOpen([.units(1)], request(5), on: LedgerDirectory.nextDay)
        }
        await throwsLedgerError("raise") {
            try await ledger.raise(Cap(tokens: 1), on: LedgerDirectory.day, by: "uid 0")
        }
        await throwsLedgerError("flush") { try await ledger.flush() }
        await throwsLedgerError("reconfigure") {
            try await ledger.reconfigure(BudgetPolicy(), today: LedgerDirectory.day)
        }
        do throws(LedgerError) {
            try await ledger.settle(reservation)
            Issue.record("settled after a failure")
        } catch {
            #expect(error.description.contains(operation.rawValue))
        }
        let book = try #require(try await directory.ledger().book(of: LedgerDirectory.day))
        #expect(book.open[request(1).id]?.settlement.open == .units(9))
        #expect(book.spent == .zero && book.reserved.tokens <= 10)
    }

    @Test("of 64 that wait for one failing sync none is handed out")
    func failureForAll() async throws {
        let ledger = try directory.ledger()
        #expect(try await ledger.leaveOpen([.units(1)], request(1)) != nil)
        let faults = FileFaults(under: directory.path) { called, _ in called == .fdatasync ? .error(EIO) : nil }
        defer { faults.remove() }
        let granted = await withTaskGroup(of: Bool.self) { group in
            for shard in 2...65 {
                group.addTask {
                    do { return try await ledger.leaveOpen([.units(1)], request(shard)) != nil } catch { return false }
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(granted == 0)
    }

    @Test("a failure to open a file is no failure of the books: the next call tries again")
    func openFails() async throws {
        let ledger = try directory.ledger()
        let faults = FileFaults(under: directory.path) { called, _ in called == .open ? .error(EMFILE) : nil }
        await throwsLedgerError("reserve") { _ = try await ledger.leaveOpen([.units(1)], request(1)) }
        faults.remove()
        #expect(try await ledger.leaveOpen([.units(1)], request(1)) == .units(1))
    }

    private func throwsLedgerError(_ what: Comment, _ body: () async throws -> Void) async {
        await #expect(throws: LedgerError.self, what) { try await body() }
    }
}

/// A reservation was refused that the test needs.
struct Unexpected: Error {}
