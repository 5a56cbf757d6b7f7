import DurableFiles
import Glibc
import SystemPackage
import Testing

@Suite("Lines come whole and in order, in bounded memory")
struct LineFileTests {
    private struct Line: Equatable {
        var offset: Int
        var text: [UInt8]?
        var length: Int
        var endsWithNewline: Bool?
    }

    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func lines(_ content: [UInt8], from offset: Int = 0, limit: Int) throws -> [Line] {
        try DurableFile.publish(content, to: directory("f"), durable: false)
        var lines: [Line] = []
        try LineFile(directory("f")).forEachLine(from: offset, limitLineBytes: limit) { offset, length in
            lines.append(Line(offset: offset, text: nil, length: length, endsWithNewline: nil))
        } _: { offset, line, endsWithNewline in
            let text = line.withUnsafeBufferPointer { Array($0) }
            lines.append(Line(offset: offset, text: text, length: text.count, endsWithNewline: endsWithNewline))
        }
        return lines
    }

    /// The same by splitting the whole content: too simple to be wrong.
    private func model(_ content: [UInt8], from offset: Int = 0, limit: Int) -> [Line] {
        var lines: [Line] = []
        var start = offset
        while start < content.count {
            let end = content[start...].firstIndex(of: UInt8(ascii: "\n")) ?? content.count
            let isShown = end - start <= limit
            lines.append(
                Line(
                    offset: start, text: isShown ? Array(content[start..<end]) : nil, length: end - start,
                    endsWithNewline: isShown ? end < content.count : nil))
            start = end + 1
        }
        return lines
    }

    @Test("as a model says, with reads of any length", arguments: UInt64(0)..<60)
    func model(seed: UInt64) throws {
        var random = Seeded(state: seed)
        let content = (0..<Int.random(in: 0...400, using: &random)).map { _ in
            Int.random(in: 0..<9, using: &random) == 0 ? UInt8(ascii: "\n") : UInt8.random(in: 0...255, using: &random)
        }
        let limit = Int.random(in: 0...25, using: &random)
        let offset = content.firstIndex(of: UInt8(ascii: "\n")).map { seed.isMultiple(of: 2) ? 0 : $0 + 1 } ?? 0
        let readBytes = Int.random(in: 1...30, using: &random)
        let faults = FileFaults(under: directory.path) { operation, _ in operation == .read ? .short(readBytes) : nil }
        defer { faults.remove() }
        #expect(
            try lines(content, from: offset, limit: limit) == model(content, from: offset, limit: limit), "seed \(seed)"
        )
    }

    @Test("across the borders of chunks", arguments: [-1, 0, 1])
    func chunks(shift: Int) throws {
        let chunkBytes = 256 << 10
        var content = [UInt8](repeating: UInt8(ascii: "a"), count: chunkBytes + shift) + [UInt8(ascii: "\n")]
        content += [UInt8](repeating: UInt8(ascii: "b"), count: 3 * chunkBytes) + [UInt8(ascii: "\n")]
        content += Array("c\r\nd".utf8)
        for limit in [10, chunkBytes + 5, 4 * chunkBytes] {
            #expect(try lines(content, limit: limit) == model(content, limit: limit), "limit \(limit)")
        }
    }

    @Test("a carriage return stays, an empty file has no line")
    func carriageReturn() throws {
        #expect(try lines(Array("a\r\n".utf8), limit: 9).map(\.text) == [Array("a\r".utf8)])
        #expect(try lines([], limit: 9).isEmpty)
    }

    @Test("what the caller throws ends the reading")
    func throwing() throws {
        let file = try LineFile(directory.write("a\nb\nc\n", "f"))
        var seen = 0
        #expect(throws: CancellationError.self) {
            try file.forEachLine(limitLineBytes: 9) { _, _ in
            } _: { _, _, _ in
                seen += 1
                if seen == 2 { throw CancellationError() }
            }
        }
        #expect(seen == 2)
    }

    @Test("a disk that fails while it is read is said")
    func failing() throws {
        let file = try LineFile(directory.write("a\nb\n", "f"))
        let faults = directory.failing(.read, with: EIO)
        defer { faults.remove() }
        #expect(throws: FileError.self) {
            try file.forEachLine(limitLineBytes: 9) { _, _ in
            } _: { _, _, _ in
            }
        }
        #expect(throws: FileError.self) { try file.read(at: 0, length: 1) }
    }

    @Test("any range can be read, up to the end of the file")
    func ranges() throws {
        let file = try LineFile(directory.write("0123456789", "f"))
        let faults = FileFaults(under: directory.path) { operation, _ in operation == .read ? .short(3) : nil }
        defer { faults.remove() }
        #expect(try file.read(at: 2, length: 5) == Array("23456".utf8))
        #expect(try file.read(at: 8, length: 5) == Array("89".utf8))
        #expect(try file.read(at: 20, length: 5) == [])
    }
}

/// SplitMix64.
struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
