import DurableFiles
import Glibc
import SystemPackage
import Testing

@Suite("Directories are listed by bytes and removed without following links")
struct DirectoryTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    @Test("names that are no UTF-8 come back as they are, in the order of their bytes")
    func list() throws {
        let names: [[UInt8]] = [[0x01], [0x0A], [0x25, 0x41], [0x2D], Array("..a".utf8), [0xC3, 0xA9], [0xFF, 0xFE]]
        for name in names {
            try DurableFile.publish([1], to: directory.path.appending(nameBytes: name), durable: false)
        }
        let listed = try DurableFile.list(directory.path)
        #expect(listed == names.sorted { $0.lexicographicallyPrecedes($1) })
        for name in listed { #expect(directory.path.appending(nameBytes: name).lastNameBytes == name) }
    }

    @Test("a link to a directory is not listed")
    func listLink() throws {
        try DurableFile.makeDirectory(directory("real"))
        #expect(symlink("real", directory("link").string) == 0)
        #expect(try DurableFile.list(directory("real")).isEmpty)
        #expect(throws: FileError.self) { try DurableFile.list(directory("link")) }
        #expect(throws: FileError.self) { try DurableFile.list(directory("missing")) }
    }

    @Test("made once; a file of that name is no directory")
    func make() throws {
        #expect(try DurableFile.makeDirectory(directory("d")))
        #expect(try !DurableFile.makeDirectory(directory("d")))
        let file = try directory.write("", "file")
        #expect(#expect(throws: FileError.self) { try DurableFile.makeDirectory(file) }?.code == ENOTDIR)
        #expect(#expect(throws: FileError.self) { try DurableFile.makeDirectory(directory("a/b")) }?.code == ENOENT)
    }

    @Test("a tree goes with all in it, but what links in it point to stays")
    func removeTree() throws {
        try DurableFile.makeDirectory(directory("outside"))
        _ = try directory.write("kept", "outside/file")
        try DurableFile.makeDirectory(directory("tree"))
        try DurableFile.makeDirectory(directory("tree/inner"))
        _ = try directory.write("a", "tree/inner/a")
        #expect(symlink("../../outside", directory("tree/inner/link").string) == 0)
        #expect(symlink("../outside/file", directory("tree/link").string) == 0)
        #expect(mkfifo(directory("tree/fifo").string, 0o600) == 0)
        try DurableFile.removeTree(directory("tree"))
        #expect(try directory.names == ["outside"])
        #expect(try directory.text("outside/file") == "kept")
        try DurableFile.removeTree(directory("tree"))
    }

    @Test("a link in the place of the tree is refused, and so is what it points to")
    func removeLink() throws {
        try DurableFile.makeDirectory(directory("outside"))
        _ = try directory.write("kept", "outside/file")
        #expect(symlink("outside", directory("tree").string) == 0)
        #expect(throws: FileError.self) { try DurableFile.removeTree(directory("tree")) }
        #expect(try directory.text("outside/file") == "kept")
    }

    @Test("a tree that cannot be removed says so", arguments: [FileOperation.open, .readdir, .unlink, .rmdir])
    func removeFails(operation: FileOperation) throws {
        try DurableFile.makeDirectory(directory("tree"))
        _ = try directory.write("a", "tree/a")
        let faults = directory.failing(operation, with: EROFS)
        defer { faults.remove() }
        let error = #expect(throws: FileError.self) { try DurableFile.removeTree(directory("tree")) }
        #expect(error?.code == EROFS && error?.operation == operation.rawValue)
    }

    @Test("removing a file that is not there is fine, a directory is not")
    func remove() throws {
        try DurableFile.remove(directory("a"))
        #expect(#expect(throws: FileError.self) { try DurableFile.remove(directory.path) }?.code == EISDIR)
    }

    @Test("a directory is synced once for a burst of renames")
    func burst() async throws {
        let commit = DirectoryCommit(directory.path)
        let faults = FileFaults(under: directory.path)
        defer { faults.remove() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<100 { group.addTask { try await commit.commit() } }
            try await group.waitForAll()
        }
        #expect((1..<50).contains(faults.count(.fsync)))
    }

    @Test("a failed sync of a directory fails its callers, and the next one is tried anew")
    func failedSync() async throws {
        let commit = DirectoryCommit(directory.path)
        let faults = directory.failing(.fsync, with: EIO)
        await #expect(throws: FileError.self) { try await commit.commit() }
        faults.remove()
        try await commit.commit()
    }
}
