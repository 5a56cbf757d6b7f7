import BatchCore
import DurableFiles
import Glibc
import Ledgers
import SystemPackage
import Testing

@Suite("What a crash tears off the hash log is forgotten; what somebody damaged is refused")
struct HashLogDamageTests {
    private let directory: LedgerDirectory

    init() throws {
        directory = try LedgerDirectory()
    }

    private func fill() async throws -> (keys: [UInt8], answers: [UInt8]) {
        let log = try directory.hashLog()
        for number in 1...3 { try await log.accept([(key(number), response(number))]) }
        return (try directory.bytes("keys-000001.log"), try directory.bytes("answers-000001.jsonl"))
    }

    @Test("a key that is torn at any byte is unknown, and can be accepted again")
    func tornKey() async throws {
        let (keys, answers) = try await fill()
        for length in 128..<192 {
            try directory.write(Array(keys[..<length]), "keys-000001.log")
            try directory.write(answers, "answers-000001.jsonl")
            let log = try directory.hashLog()
            #expect(try await responses(log, 1...3) == [response(1), response(2)], "\(length) bytes")
            try await log.accept([(key(3), response(33))])
            #expect(try await responses(try directory.hashLog(), 1...3) == [response(1), response(2), response(33)])
            #expect(try directory.bytes("keys-000001.log").count == 192)
        }
    }

    @Test("an answer that is torn at any byte has no key, and is cut before the next")
    func tornAnswer() async throws {
        let (keys, answers) = try await fill()
        let last = try #require(answers.dropLast().lastIndex(of: UInt8(ascii: "\n"))) + 1
        for length in last..<answers.count {
            try directory.write(Array(keys[..<128]), "keys-000001.log")
            try directory.write(Array(answers[..<length]), "answers-000001.jsonl")
            let log = try directory.hashLog()
            try await log.accept([(key(4), response(4))])
            let again = try directory.hashLog()
            #expect(try await responses(again, 1...4) == [response(1), response(2), response(4)], "\(length) bytes")
            try await again.verify()
        }
    }

    @Test("a changed byte of any record but the last is refused, and the file is left alone")
    func damagedKey() async throws {
        let (keys, _) = try await fill()
        for index in 0..<128 {
            var changed = keys
            changed[index] ^= 1
            try directory.write(changed, "keys-000001.log")
            #expect(throws: LedgerError.self, "byte \(index)") { try directory.hashLog() }
            #expect(throws: LedgerError.self) { try directory.hashLog(writable: false) }
            #expect(try directory.bytes("keys-000001.log") == changed)
        }
    }

    @Test("an answer that was changed, swapped or cut off is never given out as the right one")
    func damagedAnswer() async throws {
        let (_, answers) = try await fill()
        let lines = answers.split(separator: UInt8(ascii: "\n")).map { Array($0) + [UInt8(ascii: "\n")] }
        for other in [
            lines[1] + lines[0] + lines[2], lines[0] + lines[1], [], Array(repeating: 0, count: answers.count),
        ] {
            try directory.write(other, "answers-000001.jsonl")
            let log = try directory.hashLog()
            await #expect(throws: LedgerError.self) { try await log.verify() }
            for number in 1...3 {
                do {
                    #expect(try await responses(log, number...number) == [response(number)])
                } catch let error as LedgerError {
                    #expect(error.description.contains("answers-000001.jsonl"))
                }
            }
        }
    }

    @Test("an answer with any byte changed is not given out", arguments: [1, 2, 3])
    func changedByte(number: Int) async throws {
        let (_, answers) = try await fill()
        let log = try directory.hashLog()
        guard case .accepted(let stored) = try await log.recall([key(number)])[0] else { throw Unexpected() }
        for index in Int(stored.locator.offsetBytes)..<Int(stored.locator.offsetBytes) + Int(stored.locator.lengthBytes)
        {
            var changed = answers
            changed[index] ^= 1
            try directory.write(changed, "answers-000001.jsonl")
            let reader = try directory.hashLog(writable: false)
            await #expect(throws: LedgerError.self, "byte \(index)") {
                try await reader.response(at: stored.locator, for: key(number))
            }
        }
    }

    @Test("a key file that shrinks while it is open is damage, not a wrong answer")
    func shrinks() async throws {
        _ = try await fill()
        let log = try directory.hashLog()
        try #require(truncate(directory.path.appending("keys-000001.log").string, 64) == 0)
        await #expect(throws: LedgerError.self) { try await log.recall([key(3)]) }
        await #expect(throws: LedgerError.self) { try await log.verify() }
    }

    @Test("one instance reads while another writes: what it finds is whole")
    func readers() async throws {
        let writer = try directory.hashLog()
        let directory = directory
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for number in 0..<15 {
                    try await writer.accept((0..<20).map { (key(number * 20 + $0), response(number * 20 + $0)) })
                }
            }
            for _ in 0..<10 {
                group.addTask {
                    let reader = try directory.hashLog(writable: false)
                    let count = try await reader.statistics.keys
                    try await reader.verify()
                    #expect(try await reader.recall((0..<count).map { key($0) }).allSatisfy { $0 != nil })
                }
            }
            for _ in 0..<5 { group.addTask { try await writer.verify() } }
            try await group.waitForAll()
        }
        #expect(try await directory.hashLog(writable: false).statistics.keys == 300)
    }

    @Test("a record that is half written when a reader comes is not damage a moment later")
    func halfWritten() async throws {
        let (keys, _) = try await fill()
        try directory.write(Array(keys[..<100]), "keys-000001.log")
        let path = directory.path.appending("keys-000001.log")
        let finished = Finished()
        // The writer finishes its record after the reader saw the end of the file.
        let faults = FileFaults(under: path) { operation, _ in
            if operation == .read, finished.turn() == 3 {
                let file = fopen(path.string, "a")
                _ = keys[100...].withUnsafeBytes { fwrite($0.baseAddress, 1, $0.count, file) }
                fclose(file)
            }
            return nil
        }
        defer { faults.remove() }
        let reader = try directory.hashLog(writable: false)
        #expect(try await reader.statistics.keys >= 1)
    }
}
