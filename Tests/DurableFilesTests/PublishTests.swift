import DurableFiles
import Glibc
import SystemPackage
import Testing

@Suite("A published file is all there or not at all")
struct PublishTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private static let steps: [FileOperation] = [.open, .write, .fsync, .close, .rename, .open, .fsync]

    @Test("it is synced before it is renamed, and the directory after")
    func order() throws {
        let faults = FileFaults(under: directory.path)
        defer { faults.remove() }
        try DurableFile.publish(Array("new".utf8), to: directory("a"))
        #expect(faults.calls.map(\.operation) == Self.steps)
        #expect(faults.calls.last?.path == directory.path)
        #expect(try directory.text("a") == "new")
    }

    @Test("state that may be lost costs no sync")
    func notDurable() throws {
        let faults = FileFaults(under: directory.path)
        defer { faults.remove() }
        try DurableFile.publish(Array("new".utf8), to: directory("a"), durable: false)
        #expect(faults.count(.fsync) == 0)
        #expect(try directory.text("a") == "new")
    }

    @Test("when a step fails, the old content stays and no temporary file", arguments: 0..<7, [ENOSPC, EIO])
    func failingStep(step: Int, code: Int32) throws {
        let path = try directory.write("old", "a")
        let faults = directory.failing(call: step, with: code)
        let error = #expect(throws: FileError.self) { try DurableFile.publish(Array("new".utf8), to: path) }
        faults.remove()
        #expect(error?.code == code)
        #expect(error?.operation == Self.steps[step].rawValue)
        #expect(try directory.names == ["a"])
        // The rename is step 4: a directory that could not be synced has the new name already.
        #expect(try directory.text("a") == (step > 4 ? "new" : "old"))
    }

    @Test("on a disk that fills up in the middle of a write the old content stays")
    func fullDisk() throws {
        let path = try directory.write("old", "a")
        let writes = Counter()
        let faults = FileFaults(under: directory.path) { operation, _ in
            guard operation == .write else { return nil }
            return writes.next() == 0 ? .short(2) : .error(ENOSPC)
        }
        defer { faults.remove() }
        let error = #expect(throws: FileError.self) { try DurableFile.publish(Array("newer".utf8), to: path) }
        #expect(error?.isOutOfSpace == true)
        #expect(try directory.names == ["a"])
        #expect(try directory.text("a") == "old")
    }

    @Test("writes that are cut short or interrupted go on where they stopped")
    func shortWrites() throws {
        let writes = Counter()
        let faults = FileFaults(under: directory.path) { operation, _ in
            guard operation == .write else { return nil }
            return writes.next().isMultiple(of: 2) ? .short(3) : .error(EINTR)
        }
        defer { faults.remove() }
        try DurableFile.publish(Array("0123456789".utf8), to: directory("a"))
        #expect(try directory.text("a") == "0123456789")
    }

    @Test("one that is written with waiting in between takes the same steps")
    func unpublished() throws {
        let faults = FileFaults(under: directory.path)
        defer { faults.remove() }
        var file = try UnpublishedFile(for: directory("a"))
        try file.write([1, 2].span)
        try file.publish()
        #expect(faults.calls.map(\.operation) == Self.steps)
    }

    @Test("a new file never replaces one that exists")
    func new() throws {
        let path = try directory.write("old", "a")
        let error = #expect(throws: FileError.self) {
            try DurableFile.publish(Array("new".utf8), to: path, replacing: false)
        }
        #expect(error?.code == EEXIST)
        #expect(try directory.text("a") == "old")
        try DurableFile.publish(Array("new".utf8), to: directory("b"), replacing: false)
        #expect(try directory.names == ["a", "b"])
    }

    @Test("a big file is written in pieces; what its writer throws leaves everything as it was")
    func pieces() throws {
        let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 100_000)
        try DurableFile.publish(to: directory("big")) { writer throws(FileError) in
            for _ in 0..<7 { try writer.write(piece) }
            try writer.write(piece[..<5])
            try writer.write([UInt8](repeating: UInt8(ascii: "y"), count: 300_000))
        }
        let content = try #require(try DurableFile.read(directory("big")))
        #expect(content.count == 1_000_005)
        #expect(content.firstIndex(of: UInt8(ascii: "y")) == 700_005)
        #expect(throws: FileError.self) {
            try DurableFile.publish(to: directory("big")) { writer throws(FileError) in
                try writer.write(piece)
                throw FileError(.write, "elsewhere", EIO)
            }
        }
        #expect(try DurableFile.read(directory("big")) == content)
        #expect(try directory.names == ["big"])
    }

    @Test("a name of 255 bytes has room for its temporary name")
    func longName() throws {
        let name = String(repeating: "n", count: 255)
        try DurableFile.publish([1], to: directory(name))
        #expect(try DurableFile.read(directory(name)) == [1])
    }
}
