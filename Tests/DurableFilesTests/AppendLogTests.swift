import DurableFiles
import Glibc
import SystemPackage
import Testing

@Suite("A record is durable when append returns")
struct AppendLogTests {
    private let directory: TemporaryDirectory
    private let path: FilePath

    init() throws {
        directory = try TemporaryDirectory()
        path = directory("log")
    }

    private func open(truncatingTo sizeBytes: Int? = nil) throws -> AppendLog {
        try AppendLog(opening: path, create: true, truncatingTo: sizeBytes)
    }

    @Test("offsets follow each other, also after it is opened again")
    func offsets() async throws {
        let first = try open()
        #expect(try await first.append(Array("one\n".utf8)) == 0)
        #expect(try await first.append(Array("three\n".utf8)) == 4)
        try await first.close()
        let second = try open()
        #expect(await second.sizeBytes == 10)
        #expect(try await second.append(Array("x\n".utf8)) == 10)
        #expect(try directory.text("log") == "one\nthree\nx\n")
    }

    @Test("64 appends together share a few syncs, and each is at its offset")
    func sharing() async throws {
        let log = try open()
        let faults = FileFaults(under: directory.path)
        defer { faults.remove() }
        let offsets = try await withThrowingTaskGroup(of: (Int, Int).self) { group in
            for number in 0..<64 {
                group.addTask { (number, try await log.append(Array("\(number + 100)\n".utf8))) }
            }
            return try await group.reduce(into: [Int: Int]()) { $0[$1.0] = $1.1 }
        }
        let content = try #require(try DurableFile.read(path))
        for (number, offset) in offsets {
            #expect(String(decoding: content[offset..<(offset + 3)], as: UTF8.self) == "\(number + 100)")
        }
        #expect(content.count == 64 * 4)
        #expect(faults.count(.fdatasync) < 32, "each append synced alone")
        #expect(faults.count(.fdatasync) == faults.count(.write))
    }
}
