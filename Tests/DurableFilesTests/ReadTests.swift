import DurableFiles
import Glibc
import SystemPackage
import Testing

@Suite("Reading takes a regular file whole, and nothing else")
struct ReadTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    @Test("a file that is not there is nil, a directory that is not there too")
    func missing() throws {
        #expect(try DurableFile.read(directory("a")) == nil)
        #expect(try DurableFile.read(directory("a/b")) == nil)
    }

    @Test("all bytes, in reads of any length")
    func shortReads() throws {
        let path = try directory.write("0123456789", "a")
        let faults = FileFaults(under: directory.path) { operation, _ in operation == .read ? .short(3) : nil }
        defer { faults.remove() }
        #expect(try directory.text("a") == "0123456789")
        #expect(try DurableFile.read(path, limitBytes: 10)?.count == 10)
    }

    @Test("a file above the limit is refused")
    func limit() throws {
        let path = try directory.write("0123456789", "a")
        let error = #expect(throws: FileError.self) { try DurableFile.read(path, limitBytes: 9) }
        #expect(error?.code == EFBIG)
    }

    @Test("a file of /proc, which says that it is empty")
    func proc() throws {
        #expect(try DurableFile.read("/proc/self/stat")?.isEmpty == false)
    }

    @Test("a link is not followed, a FIFO does not block, a directory is refused")
    func irregular() throws {
        _ = try directory.write("secret", "target")
        #expect(symlink(directory("target").string, directory("link").string) == 0)
        #expect(mkfifo(directory("fifo").string, 0o600) == 0)
        #expect(#expect(throws: FileError.self) { try DurableFile.read(directory("link")) }?.code == ELOOP)
        #expect(#expect(throws: FileError.self) { try DurableFile.read(directory("fifo")) }?.code == EINVAL)
        #expect(#expect(throws: FileError.self) { try DurableFile.read(directory.path) }?.code == EINVAL)
    }

    @Test("the facts name each kind, and a link is itself")
    func kinds() throws {
        let file = try directory.write("12345", "file")
        #expect(symlink(file.string, directory("link").string) == 0)
        #expect(mkfifo(directory("fifo").string, 0o600) == 0)
        #expect(try DurableFile.link(file, to: directory("second")) == .moved)
        let facts = try #require(try FileFacts(at: file))
        #expect(facts.kind == .regular && facts.sizeBytes == 5 && facts.links == 2 && facts.uid == getuid())
        #expect(facts.modifiedNanoseconds > 1_700_000_000_000_000_000)
        #expect(try FileFacts(at: directory("second")) == facts)
        #expect(try FileFacts(at: directory("link"))?.kind == .symlink)
        #expect(try FileFacts(at: directory("fifo"))?.kind == .fifo)
        #expect(try FileFacts(at: directory.path)?.kind == .directory)
        #expect(try FileFacts(at: "/dev/null")?.kind == .device)
        #expect(try FileFacts(at: directory("missing")) == nil)
    }

    @Test("the file system is named, and has room")
    func fileSystem() throws {
        let facts = try FileSystemFacts(at: directory.path)
        #expect(!facts.isNetwork && facts.freeBytes > 0)
        #expect(try FileSystemFacts(at: "/dev/shm").name == "tmpfs")
    }
}

@Suite("A filled pipe gives its bytes, then the end")
struct FilledPipeTests {
    @Test("all of them, and no writer is left to wait for", arguments: [0, 1, 4096, 65_536])
    func whole(count: Int) throws {
        let bytes = [UInt8](repeating: 7, count: count)
        let pipe = try #require(FilledPipe.holding(bytes))
        defer { close(pipe.rawValue) }
        var buffer = [UInt8](repeating: 0, count: count + 1)
        #expect(read(pipe.rawValue, &buffer, buffer.count) == count)
        #expect(buffer.prefix(count).elementsEqual(bytes) && read(pipe.rawValue, &buffer, 1) == 0)
    }

    @Test("more than it holds is refused, and nothing stays open")
    func tooMuch() {
        #expect(FilledPipe.holding([UInt8](repeating: 7, count: 1 << 21)) == nil)
    }
}
