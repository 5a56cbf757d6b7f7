import BatchCore
import DurableFiles
import Ledgers
import SystemPackage
import Testing

@Suite("Repair keeps every answer that can be read, and says what is lost")
struct HashLogRepairTests {
    private func filled(_ directory: LedgerDirectory, compressed: Bool = false) async throws {
        let log = try directory.hashLog(segmentBytes: 1000)
        for number in 1...20 { try await log.accept([(key(number), response(number))]) }
        if compressed { _ = try await log.maintain(Retention()) { false } }
    }

    private func repair(_ directory: LedgerDirectory) async throws -> HashLogRepair {
        try await HashLogRepair.run(in: directory.path) { Timestamp(seconds: 1_795_514_400) }
    }

    /// Of the answers that can be given out.
    private func left(_ directory: LedgerDirectory) async throws -> [Int] {
        let log = try directory.hashLog()
        try await log.verify()
        var left: [Int] = []
        for number in 1...20 where try await responses(log, number...number) == [response(number)] {
            left.append(number)
        }
        return left
    }

    @Test("any byte of a plain segment")
    func plain() async throws {
        let directory = try LedgerDirectory()
        try await filled(directory)
        let whole = try directory.bytes("answers-000001.jsonl")
        let keys = try directory.bytes("keys-000001.log")
        for index in stride(from: 0, to: whole.count, by: 31) {
            var changed = whole
            changed[index] ^= 1
            try directory.write(changed, "answers-000001.jsonl")
            try directory.write(keys, "keys-000001.log")
            let repair = try await repair(directory)
            let isNewline = whole[index] == UInt8(ascii: "\n")
            #expect(repair.lines == 1 && repair.keysLost == (isNewline ? 0 : 1), "byte \(index)")
            #expect(try await left(directory).count == (isNewline ? 20 : 19), "byte \(index)")
            #expect(try await self.repair(directory) == HashLogRepair())
            try await directory.removeAside()
        }
    }

    @Test("a newline in the midst of a line, and one that is missing")
    func newlines() async throws {
        let directory = try LedgerDirectory()
        try await filled(directory)
        var bytes = try directory.bytes("answers-000001.jsonl")
        let newline = try #require(bytes.firstIndex(of: UInt8(ascii: "\n")))
        bytes[newline] = UInt8(ascii: "x")
        try directory.write(bytes, "answers-000001.jsonl")
        #expect(try await repair(directory).keysLost == 0)
        #expect(try await left(directory) == Array(1...20))
        bytes[newline] = UInt8(ascii: "\n")
        bytes[newline - 40] = UInt8(ascii: "\n")
        try directory.write(bytes, "answers-000001.jsonl")
        #expect(try await repair(directory).keysLost == 1)
        #expect(try await left(directory) == Array(2...20))
    }

    @Test("a frame, and the table of frames, of a compressed segment")
    func compressed() async throws {
        let directory = try LedgerDirectory()
        try await filled(directory, compressed: true)
        let whole = try directory.bytes("answers-000001.jsonl.zst")
        var changed = whole
        changed[whole.count - 3] ^= 1
        try directory.write(changed, "answers-000001.jsonl.zst")
        await #expect(throws: LedgerError.self) { try await responses(try directory.hashLog(), 1...1) }
        #expect(try await repair(directory).keysLost == 0)
        #expect(try await left(directory) == Array(1...20))
        changed = whole
        changed[60] ^= 1
        try directory.write(changed, "answers-000001.jsonl.zst")
        let repaired = try await repair(directory)
        #expect(repaired.frames == 1 && repaired.keysLost > 0)
        #expect(try await left(directory).count == 20 - repaired.keysLost)
    }

    @Test("keys that are gone are found again in the answers; forgotten ones stay forgotten")
    func keys() async throws {
        let directory = try LedgerDirectory()
        try await filled(directory, compressed: true)
        _ = try await directory.hashLog().forget(.keys([key(7)]))
        try directory.write([], "keys-000001.log")
        #expect(try await repair(directory).keysFound == 19)
        #expect(try await left(directory) == Array(1...6) + Array(8...20))
    }

    @Test(
        "requests that were paid for in vain, and files that were rejected, stay known",
        arguments: ["defects", "rejected"])
    func vain(prefix: String) async throws {
        let directory = try LedgerDirectory()
        let log = try directory.hashLog()
        for number in 1...3 {
            try await log.rememberDefects([key(number)])
            try await log.rememberRejected(key(number).digest)
        }
        var bytes = try directory.bytes("\(prefix)-000001.log")
        bytes[70] ^= 1
        // In place: the log has the file open.
        let file = try FileDescriptor.open(directory.path.appending("\(prefix)-000001.log"), .writeOnly)
        try file.closeAfter { _ = try file.writeAll(bytes) }
        await #expect(throws: LedgerError.self) { try await log.verify() }
        #expect(throws: LedgerError.self) { try directory.hashLog() }
        #expect(try await repair(directory).keyBytes == 64)
        let again = try directory.hashLog()
        try await again.verify()
        for number in 1...3 {
            let isKept =
                try await prefix == "defects"
                ? again.recall([key(number)]) == [.defect] : again.wasRejected(key(number).digest)
            #expect(isKept == (number != 2))
        }
    }

    @Test("a segment that is gone is put on record")
    func segment() async throws {
        let directory = try LedgerDirectory()
        try await filled(directory)
        try DurableFile.remove(directory.path.appending("answers-000002.jsonl"))
        #expect(throws: LedgerError.self) { try directory.hashLog() }
        #expect(try await repair(directory).segments == 1)
        let left = try await left(directory)
        #expect(left.count < 20 && left.contains(1) && left.contains(20))
    }
}
