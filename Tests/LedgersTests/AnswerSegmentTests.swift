import BatchCore
import DurableFiles
import Glibc
import Ledgers
import SystemPackage
import Testing

@Suite("Answers are found in segments of any age and form, until they are pruned")
struct AnswerSegmentTests {
    private let directory: LedgerDirectory

    init() throws {
        directory = try LedgerDirectory()
    }

    /// Three answers or so a segment.
    private func log() throws -> FileHashLog { try directory.hashLog(segmentBytes: 600) }

    private func fill(_ log: FileHashLog, _ numbers: ClosedRange<Int> = 1...12) async throws {
        for number in numbers { try await log.accept([(key(number), response(number))]) }
    }

    @Test("a full segment is followed by the next, and compressed byte for byte")
    func rotation() async throws {
        let log = try log()
        try await fill(log)
        let names = try directory.names
        #expect(names.filter { $0.hasPrefix("answers-") }.count > 2)
        let before = try directory.bytes("answers-000001.jsonl")
        #expect(await log.isMaintenanceDue)
        #expect(try await log.maintain(Retention()) { false } == Pruned())
        #expect(!(await log.isMaintenanceDue))
        #expect(try directory.bytes("answers-000001.jsonl") == [])
        #expect(try directory.plainBytes("answers-000001.jsonl.zst") == before)
        for log in [log, try self.log(), try directory.hashLog(writable: false)] {
            #expect(try await responses(log, 1...12) == (1...12).map { response($0) })
            try await log.verify()
            let statistics = try await log.statistics
            #expect(statistics.answers == 12 && statistics.segments == names.filter { $0.hasPrefix("answers-") }.count)
        }
    }

    @Test("a frame holds whole lines, and an answer larger than a frame is one line in one frame")
    func frames() async throws {
        let log = try directory.hashLog(segmentBytes: 1 << 20)
        let text = String(repeating: "x1y", count: 200_000)
        let large = Array(#"{"status_code":200,"request_id":"r","body":{"text":"\#(text)"}}"#.utf8)
        try await log.accept([(key(0), large)])
        try await fill(log, 1...2000)
        try await log.accept([(key(-1), large)])
        try await fill(log, 2001...2001)
        _ = try await log.maintain(Retention()) { false }
        #expect(try directory.names.contains("answers-000001.jsonl.zst"))
        let again = try directory.hashLog()
        #expect(try await responses(again, 1...2001) == (1...2001).map { response($0) })
        #expect(try await responses(again, -1...0) == [large, large])
        try await again.verify()
    }

    @Test("a compressed form that reads otherwise than it was written goes, and the plain one stays")
    func comparedBeforeItGoes() async throws {
        let log = try log()
        try await fill(log)
        let looks = Finished()
        let faults = FileFaults(under: directory.path) { operation, path in
            guard operation == .open, path.lastComponent?.string == "answers-000001.jsonl.zst", looks.turn() == 1 else {
                return nil
            }
            // The disk gives back another byte than it was given.
            let file = Glibc.open(path.string, O_RDWR)
            defer { Glibc.close(file) }
            var byte: UInt8 = 0
            _ = pread(file, &byte, 1, 20)
            byte ^= 0xFF
            _ = pwrite(file, &byte, 1, 20)
            return nil
        }
        await #expect(throws: LedgerError.self) { try await log.maintain(Retention()) { false } }
        faults.remove()
        let names = try directory.names
        #expect(looks.isBegun && names.contains("answers-000001.jsonl") && !names.contains("answers-000001.jsonl.zst"))
        #expect(try await responses(log, 1...12) == (1...12).map { response($0) })
        try await log.verify()
    }

    @Test("a crash at any call of the compression loses nothing, and the next start does it again")
    func crash() async throws {
        for call in 1... {
            let directory = try LedgerDirectory()
            let log = try directory.hashLog(segmentBytes: 600)
            for start in [1, 5, 9] { try await log.accept((start..<start + 4).map { (key($0), response($0)) }) }
            let counter = Finished()
            let faults = FileFaults(under: directory.path) { operation, _ in
                [.read, .stat].contains(operation) ? nil : counter.turn() >= call ? .errorAfter(EIO) : nil
            }
            defer { faults.remove() }
            let isCrashed: Bool
            do {
                _ = try await log.maintain(Retention()) { false }
                isCrashed = false
            } catch {
                isCrashed = true
            }
            faults.remove()
            let again = try directory.hashLog(segmentBytes: 600)
            #expect(try await responses(again, 1...12) == (1...12).map { response($0) }, "call \(call)")
            _ = try await again.maintain(Retention()) { false }
            #expect(try await responses(again, 1...12) == (1...12).map { response($0) }, "call \(call)")
            #expect(try directory.names.allSatisfy { !$0.hasPrefix(".") }, "call \(call)")
            try await again.verify()
            if !isCrashed { return }
        }
    }

    @Test("what is older than it is kept goes by whole segments; its keys are unknown, and can be answered anew")
    func retention() async throws {
        let clock = SetClock()
        let log = try directory.hashLog(segmentBytes: 600) { clock.now }
        try await fill(log, 1...6)
        clock.advance(by: .seconds(3600))
        try await fill(log, 7...12)
        let pruned = try await log.prune(keeping: Retention(keep: .seconds(1800)))
        #expect(pruned.segments >= 1 && pruned.answers >= 4)
        for log in [log, try directory.hashLog(), try directory.hashLog(writable: false)] {
            let memories = try await log.recall((1...12).map { key($0) })
            #expect(memories.prefix(pruned.answers).allSatisfy { $0 == nil })
            #expect(memories.dropFirst(pruned.answers).allSatisfy { $0 != nil })
            try await log.verify()
        }
        try await log.accept([(key(1), response(99))])
        #expect(try await responses(try directory.hashLog(), 1...1) == [response(99)])
    }

    @Test("the oldest segments go until the rest is no more than is kept; an answer recalled before is nil, no damage")
    func bytes() async throws {
        let log = try log()
        try await fill(log)
        guard case .accepted(let stored) = try await log.recall([key(1)])[0] else { throw Unexpected() }
        let pruned = try await log.prune(keeping: Retention(keepBytes: 1200))
        #expect(pruned.segments > 0)
        #expect(try await log.response(at: stored.locator, for: key(1)) == nil)
        let left = try directory.names.filter { $0.hasPrefix("answers-") }.map { try directory.bytes($0).count }
        #expect(left.reduce(0, +) <= 1200)
        #expect(try await responses(log, 12...12) == [response(12)])
    }

    @Test("where the record of a pruning cannot be written, the answers stay known")
    func prunedInVain() async throws {
        let log = try log()
        try await fill(log)
        // All is sealed and on record, so that the next record is that of the pruning.
        #expect(try await log.prune(keeping: Retention(keepBytes: 1 << 30)) == Pruned())
        let faults = FileFaults(under: directory.path) { operation, path in
            operation == .rename && path.lastComponent?.string == "segments.jsonl" ? .error(ENOSPC) : nil
        }
        await #expect(throws: LedgerError.self) { try await log.prune(keeping: Retention(keepBytes: 0)) }
        faults.remove()
        #expect(try await responses(log, 1...12) == (1...12).map { response($0) })
    }

    @Test("a segment that is gone and was not pruned is damage")
    func missing() async throws {
        try await fill(try log())
        try DurableFile.remove(directory.path.appending("answers-000001.jsonl"))
        #expect(throws: LedgerError.self) { try directory.hashLog() }
        #expect(throws: LedgerError.self) { try directory.hashLog(writable: false) }
    }

    @Test("a crash between the record of the pruning and the removal is finished")
    func crashInPrune() async throws {
        let log = try log()
        try await fill(log)
        let faults = FileFaults(under: directory.path) { operation, path in
            operation == .unlink && path.lastComponent?.string.hasPrefix("answers-") == true ? .error(EIO) : nil
        }
        await #expect(throws: LedgerError.self) { try await log.prune(keeping: Retention(keepBytes: 0)) }
        faults.remove()
        let again = try directory.hashLog()
        #expect(try await again.recall((1...12).map { key($0) }).allSatisfy { $0 == nil })
        #expect(try directory.names.allSatisfy { !$0.hasPrefix("answers-") })
    }
}
