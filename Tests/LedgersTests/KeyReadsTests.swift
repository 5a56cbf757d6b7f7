import BatchCore
import DurableFiles
import TestSupport
import Testing

@testable import Ledgers

@Suite("Keys are looked for many at a time, and each is found as it is by itself")
struct KeyReadsTests {
    private let directory: LedgerDirectory

    init() throws {
        directory = try LedgerDirectory()
    }

    /// Segments of ten records.
    private func fill(_ count: Int) async throws -> KeyLogOwner {
        var layout = KeyLogLayout()
        layout.segmentBytes = 640
        let owner = try KeyLogOwner(directory.path, layout: layout)
        for number in 0..<count { try await owner.commit([record(number, Int64(number + 1))]) }
        return owner
    }

    @Test(
        "in any order, near each other and apart, the same twice, over the ends of segments", arguments: UInt64(0)..<8)
    func anyOrder(seed: UInt64) async throws {
        _ = try await fill(300)
        let segments = try KeySegments("keys", in: directory.path)
        #expect(segments.all.count > 10)
        var random = SeededGenerator(seed: seed)
        let numbers = (0..<100).map { _ in random.once(in: 5) ? nil : Int.random(in: 0..<300, using: &random) }
        let found = try segments.records(numbers)
        for (number, record) in zip(numbers, found) {
            #expect(record?.recordedAt == number.map { Int64($0 + 1) }, "seed \(seed)")
        }
    }

    @Test("neighbours share a read; what stands far apart does not")
    func shared() async throws {
        var layout = KeyLogLayout()
        layout.segmentBytes = 1 << 20
        let owner = try KeyLogOwner(directory.path, layout: layout)
        try await owner.commit((0..<3000).map { record($0, 1) })
        let segments = try KeySegments("keys", in: directory.path)
        let faults = FileFaults(under: directory.path)
        defer { faults.remove() }
        _ = try segments.records((0..<500).reversed().map { $0 })
        #expect(faults.calls.count { $0.operation == .read } == 1)
        _ = try segments.records([0, 1000, 2000])
        #expect(faults.calls.count { $0.operation == .read } == 4)
        // More than one window.
        _ = try segments.records((0..<3000).map { $0 })
        #expect(faults.calls.count { $0.operation == .read } == 7)
    }

    @Test("a damaged one is refused, with its file and its place; one beside it that nobody asked for is not")
    func damaged() async throws {
        _ = try await fill(30)
        let name = "keys-000002.log"
        var bytes = try directory.bytes(name)
        bytes[3 * KeyRecord.size] ^= 1
        try directory.write(bytes, name)
        let segments = try KeySegments("keys", in: directory.path)
        let first = segments.all[1].first
        #expect(try segments.records([first + 2, first + 4]).allSatisfy { $0 != nil })
        #expect {
            try segments.records([first + 2, first + 3, first + 4])
        } throws: { error in
            (error as? LedgerError)?.description.contains("\(name):4:") == true
        }
    }

    @Test("keys whose fingerprints are all equal are told apart, also a hundred at a time", arguments: [10, 100])
    func collisions(count: Int) async throws {
        var layout = KeyLogLayout()
        layout.hash = { _ in 7 << 28 }
        let log = try FileHashLog(in: directory.path, layout: layout) { Timestamp(seconds: 1) }
        try await log.accept((0..<count).map { (key($0), Array("{\"n\":\($0)}".utf8)) })
        try await log.rememberDefects((count..<2 * count).map { key($0) })
        for step in [1, 7] {
            let asked = (0..<3 * count).map { $0 * step % (3 * count) }
            for (number, memory) in zip(asked, try await log.recall(asked.map { key($0) })) {
                switch memory {
                case .accepted(let answer):
                    let bytes = try await log.response(at: answer.locator, for: key(number))
                    #expect(bytes == Array("{\"n\":\(number)}".utf8))
                case .defect: #expect((count..<2 * count).contains(number))
                case nil: #expect(number >= 2 * count)
                }
            }
        }
    }

    @Test("a group of many is entered in parts, and a checkpoint between them knows how far")
    func parts() async throws {
        var log = try KeyLog("keys", in: directory.path, writable: true)
        let records = (0..<30).map { record($0, 1) }
        let (file, first) = try log.stage(records)
        let (_, second) = try log.stage([record(40, 1)])
        try await file.commit()
        try log.index(records[..<10], from: first)
        #expect(log.indexedRecords == 10)
        try log.index([record(40, 1)], from: second)
        #expect(log.records == 31 && log.indexedRecords == 10 && log.keys == 11)
        try log.index(records[10...], from: first + 10)
        #expect(log.indexedRecords == 31 && log.keys == 31)
    }
}
