import BatchCore
import DurableFiles
import Glibc
import Ledgers
import SystemPackage
import Testing

@Suite("A budget file that somebody took away or changed pays for nothing until it is adopted")
struct OpenedDaysTests {
    private let directory: LedgerDirectory
    private let name = "\(LedgerDirectory.day).jsonl"
    private let cap = Cap(usd: Amount.units(100).usd, tokens: 100)

    init() throws {
        directory = try LedgerDirectory()
    }

    private var path: FilePath { directory.path.appending(name) }
    private var openedDays: FilePath { directory.path.appending("days") }

    private func isNotAdopted(_ body: () async throws -> Void) async throws -> Bool {
        do { try await body() } catch LedgerError.notAdopted { return true }
        return false
    }

    /// Spends 30, leaves 20 open.
    private func spend(_ ledger: FileBudgetLedger) async throws {
        guard
            case .granted(let reservation) = try await ledger.reserve(
                [.units(40)], for: request(1), on: LedgerDirectory.day)
        else { throw Unexpected() }
        ledger.settlePart(
            request(1).id, on: LedgerDirectory.day, SettledPart(worstCase: .units(40), spent: .units(30)))
        try await ledger.settle(reservation)
        #expect(try await ledger.leaveOpen([.units(20)], request(2)) == .units(20))
    }

    private func adopt(_ spent: Int, _ unknown: Int) async throws -> Amount? {
        var policy = BudgetPolicy()
        policy.day = cap
        let adoption = BudgetAdoption(
            of: LedgerDirectory.day, in: directory.path, policy: policy, at: Timestamp(seconds: 0))
        let charge = BudgetAdoption.Charge(
            job: "job", lane: "default", uid: 7, spent: .units(spent), unknown: .units(unknown))
        return try await adoption.adopt([charge], openedDays: openedDays)
    }

    @Test("a record of a day that says another day by now is damage")
    func changedRecord() async throws {
        let days = try OpenedDays(openedDays)
        for day in [LedgerDirectory.day, LedgerDirectory.nextDay] { try await days.note(.opened, of: day) }
        try await days.close()
        let text = String(decoding: try directory.bytes("days"), as: UTF8.self)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let changed = ([lines[0].replacing("11-24", with: "11-23")] + lines.dropFirst()).joined(separator: "\n")
        #expect(changed != text)
        try directory.write(Array(changed.utf8), "days")
        #expect(throws: LedgerError.self) { _ = try OpenedDays(openedDays) }
    }

    @Test("removed, replaced, cut or grown while it is in use: the next reservation is refused, and every later one")
    func inUse() async throws {
        let changes: [(FilePath) throws -> Void] = [
            { try DurableFile.remove($0) },
            { try DurableFile.publish(try DurableFile.read($0) ?? [], to: $0) },
            { path in
                let bytes = try DurableFile.read(path) ?? []
                let log = try AppendLog(opening: path, create: false, truncatingTo: bytes.count - 1)
                _ = log.sizeBytes
            },
        ]
        for change in changes {
            let ledger = try directory.ledger(cap: cap)
            try await spend(ledger)
            try change(path)
            for _ in 0..<2 {
                #expect(try await isNotAdopted { _ = try await ledger.leaveOpen([.units(1)], request(3)) })
            }
            #expect(try await isNotAdopted { try await ledger.checkFiles() })
            #expect(try await isNotAdopted { _ = try directory.ledger(cap: cap) }, "the next process knows it too")
            try DurableFile.remove(path)
            try DurableFile.remove(openedDays)
        }
    }

    @Test("a day that is in doubt stays so, whoever opens it meanwhile, until it is adopted")
    func staysInDoubt() async throws {
        let days = try OpenedDays(openedDays)
        try await days.note(.doubtful("it is gone"), of: LedgerDirectory.day)
        try await days.note(.opened, of: LedgerDirectory.day)
        #expect(try OpenedDays.states(in: openedDays)[LedgerDirectory.day] == .doubtful("it is gone"))
        try await days.adopt(LedgerDirectory.day)
        #expect(try OpenedDays.states(in: openedDays)[LedgerDirectory.day] == .opened)
    }

    @Test("what the jobs were charged and no file has is booked once, and spending goes on beside it")
    func adopted() async throws {
        try await spend(try directory.ledger(cap: cap))
        try DurableFile.remove(path)
        #expect(try await isNotAdopted { _ = try directory.ledger(cap: cap) })
        #expect(try await adopt(30, 20) == .units(50))
        #expect(try await adopt(30, 20) == nil, "there is nothing to adopt any more")
        let ledger = try directory.ledger(cap: cap)
        let book = try #require(await ledger.book(of: LedgerDirectory.day))
        #expect(book.spent == .units(30) && book.unknown == .units(20) && book.reserved.isZero)
        #expect(try await ledger.leaveOpen([.units(51)], request(3)) == nil)
        #expect(try await ledger.leaveOpen([.units(50)], request(3)) == .units(50))
    }

    @Test("what is still in the file is not booked a second time, and what is open in it ends")
    func rest() async throws {
        try await spend(try directory.ledger(cap: cap))
        let ledger = try directory.ledger(cap: cap)
        try DurableFile.publish(try DurableFile.read(path) ?? [], to: path)
        #expect(try await isNotAdopted { _ = try await ledger.leaveOpen([.units(1)], request(3)) })
        #expect(try await adopt(35, 2) == .units(7), "30 of them are in the file")
        let book = try #require(await directory.ledger(cap: cap).book(of: LedgerDirectory.day))
        #expect(book.spent == .units(35) && book.unknown == .units(2) && book.open.isEmpty)
    }

    @Test("of two who open a day neither goes on before its record is on disk")
    func notOnDisk() async throws {
        let days = try OpenedDays(openedDays)
        let faults = FileFaults(under: openedDays) { operation, _ in operation == .fdatasync ? .error(EIO) : nil }
        defer { faults.remove() }
        for _ in 0..<2 {
            await #expect(throws: LedgerError.self) { try await days.note(.opened, of: LedgerDirectory.day) }
        }
    }

    @Test("more than the cap is booked all the same, and pays for nothing more")
    func aboveCap() async throws {
        try await spend(try directory.ledger(cap: cap))
        try DurableFile.remove(path)
        #expect(try await adopt(150, 0) == .units(150))
        let ledger = try directory.ledger(cap: cap)
        #expect(await ledger.book(of: LedgerDirectory.day)?.spent == .units(150))
        #expect(try await ledger.leaveOpen([.units(1)], request(3)) == nil)
    }

    @Test("a damaged file is set aside, not lost")
    func damaged() async throws {
        try await spend(try directory.ledger(cap: cap))
        var bytes = try directory.bytes(name)
        bytes[20] ^= 1
        try directory.write(bytes, name)
        #expect(try await adopt(30, 0) == .units(30))
        #expect(try directory.bytes("\(name).set-aside-1") == bytes)
        #expect(await (try directory.ledger(cap: cap)).book(of: LedgerDirectory.day)?.spent == .units(30))
    }

    @Test("a day of which nothing is known begins without a word")
    func newDay() async throws {
        let ledger = try directory.ledger(cap: cap, days: [LedgerDirectory.day, LedgerDirectory.nextDay])
        #expect(try await ledger.leaveOpen([.units(1)], request(1), on: LedgerDirectory.nextDay) == .units(1))
        #expect(try OpenedDays.states(in: openedDays) == [LedgerDirectory.nextDay: .opened])
    }
}
