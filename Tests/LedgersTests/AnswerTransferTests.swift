import BatchCore
import DurableFiles
import Ledgers
import Synchronization
import SystemPackage
import Testing

@Suite("What one hash log exports another imports, and nothing else gets in")
struct AnswerTransferTests {
    private func exported(_ log: FileHashLog) async throws -> (lines: [[UInt8]], result: FileHashLog.Exported) {
        let bytes = Mutex<[UInt8]>([])
        let result = try await log.export { part in bytes.withLock { $0 += part } }
        return (bytes.withLock { $0 }.split(separator: UInt8(ascii: "\n")).map { Array($0) }, result)
    }

    @Test("there and back, from plain and compressed segments; twice is once")
    func roundTrip() async throws {
        let directory = try LedgerDirectory()
        let log = try directory.hashLog(segmentBytes: 600)
        for number in 1...9 {
            try await log.accept(
                [(key(number), response(number))], from: AnswerOrigin(job: "j", uid: 7, lane: "l"), replacing: false)
        }
        _ = try await log.maintain(Retention()) { false }
        try await log.accept([(key(3), response(33))], from: nil, replacing: true)
        _ = try await log.forget(.keys([key(5)]))
        let (lines, result) = try await exported(try directory.hashLog(writable: false))
        #expect(result.answers == 8 && result.damaged == 0 && lines.count == 8)
        let first = try JSONValue(parsing: lines[0])
        #expect(first.members?.map(\.name) == ["key", "answer", "at"])

        let other = try LedgerDirectory()
        let target = try other.hashLog()
        for _ in 0..<2 {
            var reader = AnswerImport(now: Timestamp(seconds: 1_795_600_000))
            for line in lines { try reader.take(line.span) }
            _ = try await target.take(reader.takeBatch())
        }
        #expect(try await target.statistics.answers == 8)
        #expect(try await responses(target, 1...2) == [response(1), response(2)])
        #expect(try await responses(target, 3...5) == [response(33), response(4)])
        guard case .accepted(let stored) = try await target.recall([key(1)])[0] else { throw Unexpected() }
        #expect(stored.recordedAt == 1_795_514_400)
        #expect(
            try await exported(target).lines.sorted { $0.lexicographicallyPrecedes($1) }
                == lines.sorted { $0.lexicographicallyPrecedes($1) })
        try await target.verify()
    }

    @Test(
        "a line that is no answer is refused with its column",
        arguments: [
            (#"{"key":1}"#, 7), (#"[]"#, 0), (#"{}"#, 0), (#"{"key":"12"}"#, 7), (#"{"key":KEY}"#, 0),
            (#"{"key":KEY,"answer":[]}"#, 83), (#"{"key":KEY,"answer":{"status_code":200}}"#, 83),
            (#"{"key":KEY,"answer":{"status_code":500,"request_id":"r","body":{}}}"#, 98),
            (#"{"key":KEY,"answer":{"status_code":200,"request_id":5,"body":{}}}"#, 115),
            (#"{"key":KEY,"answer":{"status_code":200,"request_id":"r","body":"text"}}"#, 126),
            (#"{"key":KEY,"answer":{"status_code":200,"request_id":"r","body":{}},"at":"today"}"#, 135),
            (#"{"key":KEY,"answer":{"status_code":200,"request_id":"r","body":{}},"at":5}"#, 135),
            (#"{"key":KEY,"answer":{"status_code":200,"request_id":"r","body":{},"more":1}}"#, 83),
            (#"{"key":KEY,"answer":{"status_code":200,"request_id":"r","body":{"a":1,"a":2}}}"#, 133),
        ])
    func refused(line: String, offset: Int) throws {
        let text = Array(line.replacing("KEY", with: "\"\(key(1).hex)\"").utf8)
        var reader = AnswerImport(now: Timestamp(seconds: 0))
        do throws(JSONError) {
            try reader.take(text.span)
            Issue.record("\(line) was taken")
        } catch {
            #expect(error.offset == offset, "\(line): \(error)")
        }
        let batch = reader.takeBatch()
        #expect(batch.isEmpty)
    }

    @Test("a time to come counts as now; none is now")
    func times() async throws {
        let directory = try LedgerDirectory()
        let log = try directory.hashLog()
        var reader = AnswerImport(now: Timestamp(seconds: 1_000_000))
        let answer = #""answer":{"status_code":200,"request_id":"r","body":{}}"#
        for (number, at) in [(1, #","at":"2050-01-01T00:00:00Z""#), (2, ""), (3, #","at":"1970-01-01T00:00:09Z""#)] {
            try reader.take(Array(#"{"key":"\#(key(number).hex)",\#(answer)\#(at)}"#.utf8).span)
        }
        #expect(try await log.take(reader.takeBatch()) == 3)
        let times = try await log.recall([key(1), key(2), key(3)]).map { memory -> Int64? in
            guard case .accepted(let stored) = memory else { return nil }
            return stored.recordedAt
        }
        #expect(times == [1_000_000, 1_000_000, 9])
    }
}
