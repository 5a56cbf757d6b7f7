import BatchCore
import DurableFiles
import Ledgers
import SystemPackage
import Testing

@Suite("A daily budget file is as it was written, or nothing is spent")
struct BudgetDamageTests {
    private let directory: LedgerDirectory
    private let name = "2026-11-24.jsonl"

    init() throws {
        directory = try LedgerDirectory()
    }

    /// A day with one settled and one open reservation.
    private func write() throws -> [UInt8] {
        let at = Timestamp(seconds: 1_795_514_400)
        let records: [BudgetRecord] = [
            .open(at: at, day: LedgerDirectory.day, timeZone: "UTC", cap: Cap(usd: Amount.units(1000).usd)),
            .reserve(at: at, request(1), .units(100)),
            .settle(at: at, request(1).id, Settlement(spent: .units(40), unknown: .units(5))),
            .reserve(at: at, request(2), .units(200)),
        ]
        let bytes = records.flatMap(\.line)
        try directory.write(bytes, name)
        return bytes
    }

    @Test("any byte changed by hand is found, in the first record and in the last")
    func handEdit() throws {
        let bytes = try write()
        let newlines = bytes.indices.filter { bytes[$0] == UInt8(ascii: "\n") }
        // The last newline is apart: a file that does not end in one is a torn one.
        for index in bytes.indices.dropLast() {
            var changed = bytes
            changed[index] = newlines.contains(index) ? UInt8(ascii: " ") : bytes[index] ^ (index % 2 == 0 ? 1 : 0x40)
            try directory.write(changed, name)
            #expect(throws: LedgerError.self, "byte \(index)") {
                try BudgetFile(LedgerDirectory.day, in: directory.path).read()
            }
        }
    }

    @Test("a record taken out, put in twice or moved is found")
    func wholeRecords() throws {
        let lines = try write().split(separator: UInt8(ascii: "\n")).map { Array($0) + [UInt8(ascii: "\n")] }
        let tampered: [[Int]] = [
            [1, 2, 3], [0, 2, 3], [0, 2, 1, 3], [0, 1, 1, 2, 3], [0, 1, 2, 2, 3], [0, 0, 1, 2, 3],
            [0, 1, 2, 1, 3],
        ]
        for order in tampered {
            try directory.write(order.flatMap { lines[$0] }, name)
            #expect(throws: LedgerError.self, "\(order)") { try directory.ledger() }
        }
    }

    @Test("the error names the file and the line")
    func message() throws {
        var bytes = try write()
        bytes[10] ^= 1
        try directory.write(bytes, name)
        do {
            _ = try directory.ledger()
            Issue.record("it was taken")
        } catch let error as LedgerError {
            #expect(error.description.contains("\(name):1: its checksum does not fit"))
        }
    }

    @Test("a last record that is torn at any byte is cut, and the books go on from there")
    func torn() async throws {
        let bytes = try write()
        let last = try #require(bytes.dropLast().lastIndex(of: UInt8(ascii: "\n"))) + 1
        for length in last..<bytes.count {
            try directory.write(Array(bytes[..<length]), name)
            let ledger = try directory.ledger()
            let open = await ledger.openReservations
            #expect(open.isEmpty, "\(length - last) bytes of the record")
            #expect(await ledger.book(of: LedgerDirectory.day)?.committed == .units(45))
            #expect(try await ledger.leaveOpen([.units(7)], request(3)) == .units(7))
            let again = try directory.ledger()
            #expect(await again.book(of: LedgerDirectory.day)?.reserved == .units(7), "\(length - last) bytes")
        }
    }

    @Test("a first record that is torn at any byte leaves a day that was never opened")
    func tornOpening() async throws {
        let opening = try write().prefix { $0 != UInt8(ascii: "\n") }
        for length in 0...opening.count {
            try directory.write(Array(opening[..<length]), name)
            // A day is put on record after its first reservation is whole.
            try DurableFile.remove(directory.path.appending("days"))
            let ledger = try directory.ledger()
            #expect(try await ledger.leaveOpen([.units(7)], request(3)) == .units(7))
            #expect(try directory.records().count == 2, "\(length) bytes")
            #expect(try await directory.ledger().book(of: LedgerDirectory.day)?.committed == .units(7))
        }
    }

    @Test("records of a batch that was torn in the middle are cut together with what is torn")
    func hole() async throws {
        var bytes = try write()
        let last = try #require(bytes.dropLast().lastIndex(of: UInt8(ascii: "\n"))) + 1
        for index in (last + 20)..<bytes.count { bytes[index] = 0 }
        try directory.write(bytes, name)
        #expect(try await directory.ledger().book(of: LedgerDirectory.day)?.committed == .units(45))
    }

    @Test("what is damaged stays as it is, for a person to look at")
    func untouched() throws {
        var bytes = try write()
        bytes[10] ^= 1
        try directory.write(bytes, name)
        #expect(throws: LedgerError.self) { try directory.ledger() }
        #expect(try directory.bytes(name) == bytes)
    }
}
