import DurableFiles
import Glibc
import SystemPackage
import Testing

@Suite("The kernel knows whether a writer is left")
struct WriterProbeTests {
    private let directory: TemporaryDirectory
    private let path: FilePath

    init() throws {
        directory = try TemporaryDirectory()
        path = try directory.write("content", "a")
    }

    @Test("nobody has it open")
    func nobody() throws {
        #expect(try WriterProbe.probe(path) == .noWriter)
    }

    @Test("a reader is no writer")
    func reader() throws {
        let descriptor = Glibc.open(path.string, O_RDONLY)
        defer { close(descriptor) }
        #expect(try WriterProbe.probe(path) == .noWriter)
        #expect(try WriterProbe.probe(descriptor: descriptor, path) == .noWriter)
    }

    @Test(
        "an idle writer is seen until it closes, also after a rename and by another name",
        arguments: [O_WRONLY, O_RDWR])
    func idleWriter(flags: Int32) throws {
        let descriptor = Glibc.open(path.string, flags)
        #expect(try WriterProbe.probe(path) == .writer)
        #expect(try DurableFile.rename(path, to: directory("b")) == .moved)
        #expect(try WriterProbe.probe(directory("b")) == .writer)
        #expect(try DurableFile.link(directory("b"), to: directory("c")) == .moved)
        #expect(try WriterProbe.probe(directory("c")) == .writer)
        close(descriptor)
        #expect(try WriterProbe.probe(directory("b")) == .noWriter)
    }

    @Test("a mapping whose descriptor is closed can still write")
    func mapping() throws {
        let descriptor = Glibc.open(path.string, O_RDWR)
        let mapped = mmap(nil, 7, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
        close(descriptor)
        #expect(try WriterProbe.probe(path) == .writer)
        munmap(mapped, 7)
        #expect(try WriterProbe.probe(path) == .noWriter)
    }

    @Test("another user's file, or no leases here: not known", arguments: [EACCES, EPERM, EINVAL, ENOLCK, EOPNOTSUPP])
    func notPermitted(code: Int32) throws {
        let faults = directory.failing(.lease, with: code)
        defer { faults.remove() }
        #expect(try WriterProbe.probe(path) == .notPermitted)
    }

    @Test("gone, a link, a FIFO")
    func irregular() throws {
        #expect(symlink(path.string, directory("link").string) == 0)
        #expect(mkfifo(directory("fifo").string, 0o600) == 0)
        #expect(#expect(throws: FileError.self) { try WriterProbe.probe(directory("gone")) }?.code == ENOENT)
        #expect(#expect(throws: FileError.self) { try WriterProbe.probe(directory("link")) }?.code == ELOOP)
        #expect(#expect(throws: FileError.self) { try WriterProbe.probe(directory("fifo")) }?.code == EINVAL)
    }

    @Test("a writer that opens while the lease is held neither ends this process nor waits for long")
    func race() async throws {
        let isDone = Flag()
        let openings = Counter()
        try await withThrowingTaskGroup(of: Void.self) { [path] group in
            group.addTask(executorPreference: FileExecutor.shared) {
                while !isDone.isRaised {
                    let descriptor = Glibc.open(path.string, O_WRONLY | O_CLOEXEC)
                    if descriptor >= 0 { close(descriptor) }
                    _ = openings.next()
                }
            }
            group.addTask(executorPreference: FileExecutor.shared) {
                defer { isDone.raise() }
                for _ in 0..<3000 { _ = try WriterProbe.probe(path) }
            }
            try await group.waitForAll()
        }
        #expect(openings.count > 0)
    }
}
