import BatchCore
import DurableFiles
import Ledgers
import SystemPackage
import Testing

@Suite("The book of finished jobs says what is whole of it")
struct FinishedBookTests {
    private let directory: LedgerDirectory
    private let records: [FinishedRecord]
    private var book: FinishedBook { FinishedBook(directory.path.appending("finished.jsonl")) }

    init() throws {
        directory = try LedgerDirectory()
        records = try (1...3).map { number in
            let report = #"{"name":"a%22,\"report\":.jsonl","lines":{"total":\#(number)}}"#
            return FinishedRecord(
                FinishedHead(
                    job: "a\(number).20261124T100000Z.aaaaaa", finishedAt: Timestamp(seconds: Int64(number)),
                    sizeBytes: number * 100),
                report: try JSONValue(parsing: report))
        }
    }

    private func write(_ bytes: [UInt8]) throws { try directory.write(bytes, "finished.jsonl") }

    private func found() throws -> (records: [FinishedRecord], content: FinishedBook.Content) {
        var (heads, records): ([FinishedHead], [FinishedRecord]) = ([], [])
        try book.heads { heads.append($0) }
        let content = try book.records { records.append($0) }
        #expect(heads == records.map(\.head))
        return (records, content)
    }

    @Test("each record reads as it was written, by its head too")
    func roundTrip() throws {
        #expect(try found().records.isEmpty)
        try write(records.flatMap(\.line))
        let found = try found()
        #expect(found.records == records && found.content.damagedLines == 0)
        var second: [FinishedRecord] = []
        try book.records(from: records[0].line.count) { second.append($0) }
        #expect(second == Array(records[1...]))
        second = []
        try book.records(with: Array("a2.2026".utf8)) { second.append($0) }
        #expect(second == [records[1]])
    }

    @Test("a file that ends anywhere has the records before; what is torn is cut when it is opened")
    func torn() async throws {
        let bytes = records.flatMap(\.line)
        let ends = [0, records[0].line.count, records[0].line.count + records[1].line.count, bytes.count]
        for length in stride(from: 0, through: bytes.count, by: 7) + ends {
            try write(Array(bytes[..<length]))
            let (found, content) = try found()
            #expect(found == Array(records[..<(ends.lastIndex { $0 <= length } ?? 0)]), "\(length) bytes")
            #expect(content.damagedLines == 0)
            let log = try book.open(content)
            _ = try await log.append(records[2].line)
            try await log.close()
            #expect(try self.found().records == found + [records[2]], "\(length) bytes")
        }
    }

    @Test("a line that was changed is none; made anew, the book has the others and what it lacked")
    func damaged() throws {
        var bytes = records.flatMap(\.line)
        bytes[30] ^= 1
        try write(bytes)
        let (found, content) = try found()
        #expect(found == Array(records[1...]) && content.damagedLines == 1)
        try book.renew { add throws(FileError) in try add(records[0]) }
        let again = try self.found()
        #expect(again.records == [records[1], records[2], records[0]] && again.content.damagedLines == 0)
    }
}
