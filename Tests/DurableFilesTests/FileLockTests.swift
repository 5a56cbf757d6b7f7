import DurableFiles
import Glibc
import SystemPackage
import Testing

@Suite("One holder at a time, and everybody can see who")
struct FileLockTests {
    private let directory: TemporaryDirectory
    private let path: FilePath

    init() throws {
        directory = try TemporaryDirectory()
        path = directory("lock")
    }

    @Test("the second one gets nil and can name the first")
    func exclusive() throws {
        #expect(try FileLock.holder(path) == nil)
        let lock = try #require(try FileLock.acquire(path))
        defer { withExtendedLifetime(lock) {} }
        #expect(try FileLock.acquire(path) == nil)
        #expect(try FileLock.holder(path) == getpid())
        #expect(try directory.text("lock") == "\(getpid())\n")
    }

    @Test("it ends with its object, and the id that stays in the file deceives nobody")
    func released() async throws {
        var lock = try FileLock.acquire(path)
        #expect(lock != nil)
        lock = nil
        #expect(try directory.text("lock") == "\(getpid())\n")
        // A child that another test starts shares the descriptor from its fork to its exec.
        #expect(try await eventually { try FileLock.holder(path) == nil })
        #expect(try await eventually { try FileLock.acquire(path) != nil })
    }

    @Test("another program sees it by flock")
    func otherProgram() throws {
        let lock = try #require(try FileLock.acquire(path))
        defer { withExtendedLifetime(lock) {} }
        #expect(try flockCommand() == 1)
    }

    @Test("a lock on a file that was removed or replaced meanwhile is no lock", arguments: [true, false])
    func removed(isReplaced: Bool) throws {
        let other = try directory.write("", "other").string
        let locks = Counter()
        let faults = FileFaults(under: directory.path) { [name = path.string] operation, _ in
            // Between the open and the lock, the first time.
            guard operation == .lock, locks.next() == 0 else { return nil }
            if isReplaced { rename(other, name) } else { unlink(name) }
            return nil
        }
        defer { faults.remove() }
        let lock = try #require(try FileLock.acquire(path))
        defer { withExtendedLifetime(lock) {} }
        #expect(try FileFacts(at: path) != nil)
        #expect(try FileLock.acquire(path) == nil)
    }

    @Test("its holder can tell that the file was removed or replaced", arguments: [true, false])
    func lost(isReplaced: Bool) throws {
        let lock = try #require(try FileLock.acquire(path))
        #expect(try lock.isInPlace())
        try DurableFile.remove(path)
        if isReplaced { _ = try directory.write("", "lock") }
        #expect(try !lock.isInPlace())
    }

    @Test("a file system without locks is trouble, not a held lock")
    func noLocks() throws {
        let faults = directory.failing(.lock, with: ENOLCK)
        defer { faults.remove() }
        #expect(#expect(throws: FileError.self) { try FileLock.acquire(path) }?.code == ENOLCK)
    }

    /// flock(1): 1 where the lock is held.
    private func flockCommand() throws -> Int32 {
        var child = pid_t()
        let words = ["flock", "--nonblock", path.string, "true"]
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
        arguments.append(nil)
        defer { arguments.forEach { free($0) } }
        let spawned = posix_spawnp(&child, "flock", nil, nil, arguments, environ)
        try #require(spawned == 0)
        var status: Int32 = 0
        let waited = waitpid(child, &status, 0)
        try #require(waited == child)
        return status >> 8 & 0xFF
    }
}
