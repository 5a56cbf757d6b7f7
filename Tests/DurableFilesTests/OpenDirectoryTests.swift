import DurableFiles
import Glibc
import SystemPackage
import Testing

@Suite("What is done in an open directory is done there, whatever has its name by now")
struct OpenDirectoryTests {
    private let directory: TemporaryDirectory
    private let name = Array("a".utf8)

    init() throws {
        directory = try TemporaryDirectory()
        try DurableFile.makeDirectory(directory("inbox"))
        try DurableFile.makeDirectory(directory("secret"))
        _ = try directory.write("delivered", "inbox/a")
        _ = try directory.write("of the spool", "secret/a")
    }

    private func opened() throws -> OpenDirectory { try #require(try OpenDirectory.open(directory("inbox"))) }

    /// `mv inbox .x; ln -s secret inbox`
    private func exchange() throws {
        #expect(try DurableFile.rename(directory("inbox"), to: directory(".x")) == .moved)
        #expect(symlink("secret", directory("inbox").string) == 0)
    }

    @Test("looked at, read and probed")
    func looks() throws {
        let inbox = try opened()
        let facts = try inbox.facts(of: name)
        try exchange()
        #expect(try inbox.facts(of: name) == facts && inbox.names() == [name])
        #expect(try inbox.read(name, limitBytes: 100) == Array("delivered".utf8))
        #expect(try inbox.probe(name) == .noWriter)
        #expect(try inbox.facts(of: Array("b".utf8)) == nil && inbox.read(Array("b".utf8), limitBytes: 1) == nil)
    }

    @Test("moved out, taken back, removed")
    func moves() throws {
        let inbox = try opened()
        try exchange()
        #expect(try inbox.move(name, to: directory("b")) == .moved)
        #expect(try directory.text("b") == "delivered" && directory.text("secret/a") == "of the spool")
        #expect(try inbox.move(name, to: directory("c")) == .sourceMissing)
        #expect(try inbox.take(directory("b"), as: name) == .moved)
        #expect(try inbox.take(directory("secret/a"), as: name) == .targetExists)
        try inbox.remove(name)
        try inbox.remove(name)
        try inbox.sync()
        #expect(try inbox.names().isEmpty && directory.text("secret/a") == "of the spool")
    }

    @Test("a link, a file and nothing are no directories")
    func none() throws {
        try exchange()
        for path in ["inbox", "secret/a", "gone"] { #expect(try OpenDirectory.open(directory(path)) == nil) }
        #expect(#expect(throws: FileError.self) { try DurableFile.syncDirectory(directory("inbox")) }?.code == ENOTDIR)
        try DurableFile.syncDirectory(directory("inbox"), followsLink: true)
    }

    @Test("a link in it is never opened")
    func link() throws {
        #expect(symlink("../secret/a", directory("inbox/l").string) == 0)
        let inbox = try opened()
        let link = Array("l".utf8)
        #expect(try inbox.facts(of: link)?.kind == .symlink)
        #expect(#expect(throws: FileError.self) { try inbox.read(link, limitBytes: 9) }?.code == ELOOP)
        #expect(#expect(throws: FileError.self) { try inbox.probe(link) }?.code == ELOOP)
    }

    @Test("one that is shared has the mode that was asked for, whatever the umask")
    func shared() throws {
        let before = umask(0o077)
        defer { umask(before) }
        let path = directory("shared")
        #expect(try DurableFile.makeSharedDirectory(path, mode: 0o1770))
        #expect(try FileFacts(at: path)?.mode == 0o1770 && umask(0o077) == 0o077)
        #expect(try !DurableFile.makeSharedDirectory(path, mode: 0o700) && FileFacts(at: path)?.mode == 0o1770)
        #expect(chmod(path.string, 0o3770) == 0)
        let below = path.appending("below")
        #expect(try DurableFile.makeSharedDirectory(below, mode: 0o3770) && FileFacts(at: below)?.mode == 0o3770)
    }
}
