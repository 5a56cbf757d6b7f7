import BatchCore
import DurableFiles
import Ledgers
import SystemPackage
import Testing

@Suite("A checkpoint makes a start quick, and nothing else: whatever is wrong with it, it is passed over")
struct KeyLogCheckpointTests {
    private let directory: LedgerDirectory

    init() throws {
        directory = try LedgerDirectory()
    }

    /// Twenty keys, eighteen of them covered.
    private func fill() async throws -> [Int: Int64] {
        let owner = try KeyLogOwner(directory.path)
        for number in 0..<18 { try await owner.commit([record(number, Int64(number + 1))]) }
        try await owner.checkpoint()
        for number in 18..<20 { try await owner.commit([record(number, Int64(number + 1))]) }
        return [Int: Int64](uniqueKeysWithValues: (0..<20).map { ($0, Int64($0 + 1)) })
    }

    @Test("a start reads the records behind it, and the others only when they are asked for")
    func tailOnly() async throws {
        let model = try await fill()
        let faults = FileFaults(under: directory.path)
        let again = try KeyLogOwner(directory.path)
        faults.remove()
        #expect(await again.coveredRecords == 18)
        #expect(try await again.difference(model, 0..<40) == nil)
        #expect(await again.remarks == [])
        // 18 samples and the last record, one at a time, of four segments; the rest is the last segment.
        let first = directory.path.appending("keys-000002.log")
        #expect(faults.calls.count { $0.operation == .read && $0.path == first } <= 64)
    }

    @Test("cut at any byte, or with any byte changed, it is passed over or right", arguments: [true, false])
    func torn(isCut: Bool) async throws {
        let model = try await fill()
        let whole = try directory.bytes("keys.index")
        // The slots, behind the header of 64 bytes, are a small part of it: it has few keys.
        let slots = stride(from: 64, to: 64 + 18 * 8, by: 5)
        for place in Array(stride(from: 0, to: whole.count, by: isCut ? 5003 : 4999)) + Array(slots) {
            var bytes = whole
            if isCut { bytes.removeSubrange(place...) } else { bytes[place] ^= 1 }
            try directory.write(bytes, "keys.index")
            let again = try KeyLogOwner(directory.path)
            #expect(try await again.difference(model, 0..<40) == nil, "byte \(place)")
            let remarks = await again.remarks
            #expect(remarks.count == 1, "byte \(place)")
        }
    }

    @Test("of a log that was longer, or of another one, it is passed over")
    func another() async throws {
        _ = try await fill()
        let checkpoint = try directory.bytes("keys.index")
        for other in [0..<12, 5..<25, 100..<200] {
            let directory = try LedgerDirectory()
            let owner = try KeyLogOwner(directory.path)
            for number in other { try await owner.commit([record(number, 9)]) }
            try directory.write(checkpoint, "keys.index")
            let again = try KeyLogOwner(directory.path)
            let model = [Int: Int64](uniqueKeysWithValues: other.map { ($0, 9) })
            #expect(try await again.difference(model, 0..<200) == nil)
            #expect(await again.remarks.count == 1)
        }
    }

    @Test("a crash at any call of its writing leaves the last one, or the new one, and no file for long")
    func crashes() async throws {
        var model = try await fill()
        let last = try directory.bytes("keys.index")
        for operation in [FileOperation.open, .write, .fdatasync, .fsync, .rename] {
            let owner = try KeyLogOwner(directory.path)
            try await owner.commit([record(30, 30)])
            model[30] = 30
            let faults = FileFaults(under: directory.path) { called, path in
                let isTemporary = path.lastComponent?.string.hasPrefix(".keys.index.") == true
                return called == .unlink || called == operation && (isTemporary || called == .rename) ? .error(5) : nil
            }
            do {
                try await owner.checkpoint()
                // The pieces are synced where it is large: here none is.
                #expect(operation == .fdatasync)
            } catch let error as LedgerError {
                #expect(error.description.contains("keys.index"))
                #expect(try directory.bytes("keys.index") == last)
            }
            faults.remove()
            let again = try KeyLogOwner(directory.path)
            #expect(try await again.difference(model, 0..<40) == nil)
            #expect(try DurableFile.list(directory.path).allSatisfy { !$0.starts(with: Array(".keys".utf8)) })
            try directory.write(last, "keys.index")
        }
    }

    @Test("the hash log writes it when the tail is long, and at its end, and is told of trouble")
    func byItself() async throws {
        var layout = KeyLogLayout()
        (layout.tailRecords, layout.closingTailRecords, layout.segmentBytes) = (100, 0, 6400)
        let path = directory.path
        func open() throws -> FileHashLog {
            try FileHashLog(in: path, layout: layout) { Timestamp(seconds: 1) }
        }
        let log = try open()
        for start in stride(from: 0, to: 1000, by: 50) {
            try await log.rememberDefects((start..<start + 50).map { key($0) })
        }
        try await log.close()
        let faults = FileFaults(under: path)
        let again = try open()
        faults.remove()
        #expect(faults.calls.contains { $0.operation == .read && $0.path == path.appending("defects.index") })
        #expect(try await again.recall((0..<1000).map { key($0) }).allSatisfy { $0 == .defect })
        #expect(try await again.recall((1000..<1100).map { key($0) }).allSatisfy { $0 == nil })
        #expect(try directory.bytes("defects-000002.log").count > 0)
        #expect(try await again.statistics.defects == 1000)
    }

    @Test(
        "the books of defects and of rejected files are looked after as the keys are",
        arguments: ["defects", "rejected"])
    func allBooks(book: String) async throws {
        var layout = KeyLogLayout()
        (layout.tailRecords, layout.closingTailRecords, layout.segmentBytes) = (10, 0, 640)
        let log = try FileHashLog(in: directory.path, layout: layout) { Timestamp(seconds: 1) }
        for number in 0..<60 {
            if book == "defects" {
                try await log.rememberDefects([key(number)])
            } else {
                try await log.rememberRejected(key(number).digest)
            }
        }
        try await log.close()
        #expect(try directory.names.contains("\(book).index"))
        #expect(try directory.bytes("\(book)-000002.log").count > 0)
        let statistics = try await log.statistics
        #expect(statistics.defects + statistics.rejected == 60)
        #expect(statistics.bytesOnDisk == 60 * KeyRecord.size)
    }
}
