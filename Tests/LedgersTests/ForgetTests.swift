import BatchCore
import DurableFiles
import Glibc
import Ledgers
import SystemPackage
import Testing

@Suite("What is forgotten is unknown, and its bytes are in no file")
struct ForgetTests {
    private static let me = AnswerOrigin(job: "mine.20261124T100000Z.aaaaaa", uid: 1000, lane: "default")
    private static let other = AnswerOrigin(job: "other.20261124T100000Z.bbbbbb", uid: 1001, lane: "default")

    private func filled(_ directory: LedgerDirectory, compressed: Bool) async throws -> FileHashLog {
        let log = try directory.hashLog(segmentBytes: 1000)
        for start in [1, 5, 9, 13] {
            for (first, origin) in [(start, Self.other), (start + 1, Self.me)] {
                let numbers = [first, first + 2]
                try await log.accept(numbers.map { (key($0), response($0)) }, from: origin, replacing: false)
            }
        }
        if compressed { _ = try await log.maintain(Retention()) { false } }
        return log
    }

    private func check(_ log: FileHashLog, _ directory: LedgerDirectory, forgotten: [Int]) async throws {
        for log in [log, try directory.hashLog(), try directory.hashLog(writable: false)] {
            for number in 1...16 {
                let found = try await responses(log, number...number)
                #expect(found == (forgotten.contains(number) ? [] : [response(number)]), "\(number)")
            }
            try await log.verify()
        }
        let everything = try directory.everything
        for number in 1...16 {
            let isThere = everything.contains("answer \(number)\"")
            #expect(isThere != forgotten.contains(number), "the bytes of \(number)")
        }
    }

    @Test("by key, by job and by user, plain and compressed", arguments: [false, true])
    func forget(compressed: Bool) async throws {
        for (selection, numbers) in [
            (AnswerSelection.keys([key(2), key(3), key(777)]), [2, 3]),
            (.job(Self.me.job), Array(stride(from: 2, through: 16, by: 2))),
            (.uid(1001), Array(stride(from: 1, through: 15, by: 2))),
        ] {
            let directory = try LedgerDirectory()
            let log = try await filled(directory, compressed: compressed)
            let forgotten = try await log.forget(selection)
            #expect(forgotten.answers == numbers.count)
            try await check(log, directory, forgotten: numbers)
            try await log.accept([(key(2), response(2))])
            #expect(try await responses(try directory.hashLog(), 2...2) == [response(2)])
        }
    }

    @Test("a key is forgotten before the bytes go that it leads to", arguments: [false, true])
    func order(compressed: Bool) async throws {
        let directory = try LedgerDirectory()
        let log = try await filled(directory, compressed: compressed)
        let faults = FileFaults(under: directory.path)
        defer { faults.remove() }
        _ = try await log.forget(.uid(1000))
        func first(_ operation: FileOperation, _ name: String) -> Int? {
            faults.calls.firstIndex {
                $0.operation == operation && $0.path.lastComponent?.string.contains(name) == true
            }
        }
        let key = try #require(first(.write, "keys-"))
        let bytes = try #require(first(.rename, "answers-000001"))
        #expect(key < bytes)
    }

    @Test("an answer that was replaced is forgotten with the one in its place")
    func replaced() async throws {
        let directory = try LedgerDirectory()
        let log = try await filled(directory, compressed: false)
        try await log.accept([(key(4), response(400))], from: Self.other, replacing: true)
        // The older one belongs to another job: the key stays.
        #expect(try await log.forget(.job(Self.me.job)).answers == 8)
        #expect(try await responses(log, 4...4) == [response(400)])
        #expect(try await log.forget(.keys([key(4)])).answers == 1)
        let everything = try directory.everything
        #expect(!everything.contains("answer 4\"") && !everything.contains("answer 400\""))
    }

    @Test("a crash at any call on the way is finished by the next maintenance")
    func crash() async throws {
        for call in 1... {
            let directory = try LedgerDirectory()
            let log = try await filled(directory, compressed: call % 2 == 0)
            let counter = Finished()
            let faults = FileFaults(under: directory.path) { operation, _ in
                [.read, .stat].contains(operation) ? nil : counter.turn() >= call ? .errorAfter(EIO) : nil
            }
            defer { faults.remove() }
            let isCrashed: Bool
            do {
                _ = try await log.forget(.uid(1000))
                isCrashed = false
            } catch {
                isCrashed = true
            }
            faults.remove()
            let again = try directory.hashLog()
            let hasBegun = try directory.names.contains("forget.json")
            _ = try await again.maintain(Retention()) { false }
            let isForgotten = try !directory.everything.contains("answer 2\"")
            #expect(isForgotten || isCrashed && !hasBegun)
            if isForgotten {
                try await check(again, directory, forgotten: Array(stride(from: 2, through: 16, by: 2)))
            } else {
                try await check(again, directory, forgotten: [])
            }
            if !isCrashed { return }
        }
    }

    @Test("what a failed compression or a failed pruning has left goes with it, in the same process")
    func leftovers() async throws {
        let directory = try LedgerDirectory()
        let log = try await filled(directory, compressed: false)
        let isCompressing = Finished()
        let faults = FileFaults(under: directory.path) { operation, path in
            guard operation == .unlink, path.lastComponent?.string == "answers-000001.jsonl" else { return nil }
            return isCompressing.turn() == 1 ? .error(EIO) : nil
        }
        await #expect(throws: LedgerError.self) { try await log.maintain(Retention()) { false } }
        faults.remove()
        #expect(try directory.names.contains("answers-000001.jsonl.zst"))
        _ = try await log.forget(.uid(1000))
        try await check(log, directory, forgotten: Array(stride(from: 2, through: 16, by: 2)))
        let unlinks = FileFaults(under: directory.path) { operation, path in
            operation == .unlink && path.lastComponent?.string.hasSuffix(".jsonl") == true ? .error(EIO) : nil
        }
        await #expect(throws: LedgerError.self) { try await log.prune(keeping: Retention(keepBytes: 0)) }
        unlinks.remove()
        #expect(try directory.everything.contains("answer 1\""))
        _ = try await log.forget(.uid(1001))
        #expect(try !directory.everything.contains("answer 1\""))
    }

    @Test("an answer after one that was not accepted leaves nothing known; one before it leaves that")
    func defects() async throws {
        let directory = try LedgerDirectory()
        let clock = SetClock()
        let log = try directory.hashLog { clock.now }
        try await log.rememberDefects([key(1)])
        clock.advance(by: .seconds(100))
        try await log.accept([(key(1), response(1)), (key(2), response(2))])
        clock.advance(by: .seconds(100))
        try await log.rememberDefects([key(2)])
        #expect(try await log.forget(.keys([key(1), key(2)])).answers == 2)
        for log in [log, try directory.hashLog()] {
            #expect(try await log.recall([key(1), key(2)]) == [nil, .defect])
        }
    }

    @Test("a damaged line with the key in it goes as well")
    func damaged() async throws {
        let directory = try LedgerDirectory()
        _ = try await filled(directory, compressed: false)
        var bytes = try directory.bytes("answers-000001.jsonl")
        let newline = try #require(bytes.firstIndex(of: UInt8(ascii: "\n")))
        bytes[newline - 5] ^= 1
        try directory.write(bytes, "answers-000001.jsonl")
        let log = try directory.hashLog(segmentBytes: 1000)
        #expect(try await log.forget(.keys([key(1)])).answers == 1)
        try await check(log, directory, forgotten: [1])
    }
}
