import BatchCore
import DurableFiles
import Ledgers
import SystemPackage
import Testing

@Suite("Repair of a compressed segment loses what the damage hit, and nothing behind it")
struct SegmentRepairTests {
    private static let name = "answers-000001.jsonl.zst"
    /// Each is a frame of its own.
    private let answers = 1...6

    private let directory: LedgerDirectory
    private let whole: [UInt8]
    private let keys: [UInt8]
    /// Where the frames begin, and the table behind the last.
    private let starts: [Int]

    init() async throws {
        directory = try LedgerDirectory()
        let log = try directory.hashLog(segmentBytes: 1 << 20)
        for number in answers { try await log.accept([(key(number), Self.large(number))]) }
        try await log.accept([(key(0), response(0))])
        _ = try await log.maintain(Retention()) { false }
        try await log.close()
        whole = try directory.bytes(Self.name)
        keys = try directory.bytes("keys-000001.log")
        starts =
            whole.places(of: [0x28, 0xB5, 0x2F, 0xFD])
            + whole.places(of: [0x5E, 0x2A, 0x4D, 0x18])
        guard starts.count == 7 else { throw Unexpected() }
    }

    private static func large(_ number: Int) -> [UInt8] {
        let text = String(repeating: "answer \(number), ", count: 20_000)
        return Array(#"{"status_code":200,"request_id":"r","body":{"text":"\#(text)"}}"#.utf8)
    }

    /// - Returns: what the repair said, and the answers that can be given out afterwards.
    private func repair(_ damaged: [UInt8]) async throws -> (HashLogRepair, left: [Int]) {
        try directory.write(damaged, Self.name)
        try directory.write(keys, "keys-000001.log")
        try await directory.removeAside()
        let said = try await HashLogRepair.run(in: directory.path) { Timestamp(seconds: 1_795_514_400) }
        let aside = try directory.names.filter { $0.hasPrefix(Self.name + ".damaged-") }
        #expect(aside.count == 1 && said.aside.count == 1)
        #expect(try directory.bytes(aside[0]) == damaged, "the file as it was is not all there")
        let log = try directory.hashLog()
        try await log.verify()
        var left: [Int] = []
        for number in answers where try await responses(log, number...number) == [Self.large(number)] {
            left.append(number)
        }
        #expect(try await responses(log, 0...0) == [response(0)])
        try await log.close()
        return (said, left)
    }

    @Test("a frame and the table: what stands behind is found by its magic number", arguments: [0, 5, 9])
    func frameAndTable(byte: Int) async throws {
        for number in [1, 3, 6] {
            var damaged = whole
            damaged[starts[number - 1] + byte] ^= 0x55
            damaged[whole.count - 3] ^= 1
            let (said, left) = try await repair(damaged)
            #expect(left == answers.filter { $0 != number }, "frame \(number)")
            #expect(said.keysLost == 1 && said.frames == 1, "frame \(number)")
        }
    }

    @Test("two frames in a row and every byte of the table")
    func more() async throws {
        var damaged = whole
        damaged[starts[1]] ^= 1
        damaged[starts[2]] ^= 1
        for index in starts[6]..<whole.count { damaged[index] = 0 }
        let (said, left) = try await repair(damaged)
        #expect(left == [1, 4, 5, 6] && said.keysLost == 2)
        #expect(try await repair(Array(whole[..<(starts[5] + 20)])).left == [1, 2, 3, 4, 5])
    }

    @Test("where the table stands, what is behind a damaged frame keeps its place")
    func place() async throws {
        var damaged = whole
        damaged[starts[1]] ^= 1
        damaged[starts[2] + 5] ^= 1
        let (said, left) = try await repair(damaged)
        #expect(left == [1, 4, 5, 6] && said.keysLost == 2 && said.keysFound == 0 && said.frames == 2)
    }

    @Test("a table that says otherwise than whole frames")
    func table() async throws {
        for index in stride(from: starts[6], to: whole.count, by: 4) {
            var damaged = whole
            damaged[index] ^= 1
            let log = try directory.hashLog(writable: false)
            try directory.write(damaged, Self.name)
            let isSeen: Bool
            do { isSeen = try await responses(log, answers) == answers.map(Self.large) } catch { isSeen = false }
            if isSeen { continue }
            #expect(try await repair(damaged).left == Array(answers), "byte \(index - starts[6]) of the table")
        }
    }
}

@Suite("What can be read of a damaged frame is kept")
struct FrameSalvageTests {
    @Test("the lines before the damage, in their places")
    func lines() async throws {
        let directory = try LedgerDirectory()
        let log = try directory.hashLog(segmentBytes: 1 << 18)
        for start in stride(from: 1, through: 2000, by: 100) {
            try await log.accept((start..<start + 100).map { (key($0), response($0)) })
        }
        _ = try await log.maintain(Retention()) { false }
        try await log.close()
        let name = "answers-000001.jsonl.zst"
        var bytes = try directory.bytes(name)
        let frames = bytes.places(of: [0x28, 0xB5, 0x2F, 0xFD])
        // The last block of the first frame; a block has 128 KiB at the most.
        bytes[frames[1] - 100] ^= 0x55
        try directory.write(bytes, name)
        let said = try await HashLogRepair.run(in: directory.path) { Timestamp(seconds: 1_795_514_400) }
        #expect(said.frames == 1 && (1..<250).contains(said.keysLost) && said.keysFound == 0)
        let again = try directory.hashLog()
        try await again.verify()
        var left = 0
        for number in 1...2000 where try await responses(again, number...number) == [response(number)] { left += 1 }
        #expect(left == 2000 - said.keysLost)
        #expect(try await responses(again, 1...100) == (1...100).map { response($0) })
    }
}

extension [UInt8] {
    fileprivate func places(of part: [UInt8]) -> [Int] {
        indices.filter {
            $0 + part.count <= count && self[$0] == part[0] && self[$0..<$0 + part.count].elementsEqual(part)
        }
    }
}
