import DurableFiles
import SystemPackage
import Testing

@Suite("A torn tail is cut, damage before it is not")
struct TornTailTests {
    private static let records = ["alpha", "", "beta gamma", "d", "epsilon"].map(Self.record)
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    /// `text|checksum`.
    private static func record(_ text: String) -> [UInt8] {
        Array("\(text)|\(String(crc32c(Array(text.utf8)), radix: 16))\n".utf8)
    }

    private static func isWhole(_ record: Span<UInt8>) -> Bool {
        let bytes = record.withUnsafeBufferPointer { Array($0) }
        guard let bar = bytes.lastIndex(of: UInt8(ascii: "|")) else { return false }
        return String(decoding: bytes[(bar + 1)...], as: UTF8.self) == String(crc32c(bytes[..<bar]), radix: 16)
    }

    private func check(_ content: [UInt8]) throws -> TornTail {
        try DurableFile.publish(content, to: directory("log"), durable: false)
        return try TornTail.wholeBytes(of: directory("log"), isWhole: Self.isWhole)
    }

    @Test("at every byte that a crash can cut at, the whole records stay and the next append follows them")
    func everyByte() async throws {
        let content = Self.records.flatMap { $0 }
        var ends = [0]
        for record in Self.records { ends.append(ends.last! + record.count) }
        for cut in 0...content.count {
            let wholeBytes = ends.last { $0 <= cut }!
            let answer = try check(Array(content[..<cut]))
            if cut == wholeBytes {
                #expect(answer == .whole(bytes: cut))
            } else {
                #expect(answer == .torn(wholeBytes: wholeBytes, tornBytes: cut - wholeBytes), "cut at \(cut)")
            }
            let log = try AppendLog(opening: directory("log"), create: false, truncatingTo: wholeBytes)
            #expect(log.appendLazily(Self.record("next")) == wholeBytes)
            try await log.close()
            #expect(try DurableFile.read(directory("log")) == Array(content[..<wholeBytes]) + Self.record("next"))
        }
    }

    @Test("a flipped bit is damage in any record but the last")
    func everyBit() throws {
        let content = Self.records.flatMap { $0 }
        let lastStart = content.count - Self.records.last!.count
        for index in content.indices where content[index] != UInt8(ascii: "\n") {
            var flipped = content
            flipped[index] ^= 0x40
            let start = content[..<index].lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
            let line = content[..<index].count { $0 == UInt8(ascii: "\n") } + 1
            let expected: TornTail =
                start == lastStart
                ? .torn(wholeBytes: lastStart, tornBytes: content.count - lastStart)
                : .damaged(offset: start, line: line)
            #expect(try check(flipped) == expected, "byte \(index)")
        }
    }

    @Test("zeros that a power loss left behind the last record are a torn tail")
    func zeros() throws {
        let zeros = [UInt8](repeating: 0, count: 4096)
        let whole = Self.record("a")
        #expect(try check(whole + zeros) == .torn(wholeBytes: whole.count, tornBytes: 4096))
        #expect(try check(zeros) == .torn(wholeBytes: 0, tornBytes: 4096))
        #expect(try check([]) == .whole(bytes: 0))
    }

    @Test("two bad records at the end are damage: a crash tears one")
    func twoBad() throws {
        let whole = Self.record("a")
        #expect(try check(whole + Array("x\ny\n".utf8)) == .damaged(offset: whole.count, line: 2))
    }
}
