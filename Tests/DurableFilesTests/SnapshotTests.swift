import DurableFiles
import Glibc
import SystemPackage
import Testing

@Suite("A snapshot holds exactly the bytes that were hashed")
struct SnapshotTests {
    private let directory: TemporaryDirectory
    private let source: FilePath
    private let target: FilePath

    init() throws {
        directory = try TemporaryDirectory()
        source = try directory.write("line 1\nline 2\n", "delivered")
        target = directory("input.jsonl")
    }

    private func take() throws(SnapshotError) -> [UInt8] {
        var shown: [UInt8] = []
        _ = try Snapshot.take(of: source, as: target) { bytes in bytes.withUnsafeBufferPointer { shown += $0 } }
        return shown
    }

    @Test("all bytes once and in order, and the facts of the source")
    func whole() throws {
        let content = (0..<2_500_000).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 9) }
        try DurableFile.publish(content, to: source)
        let facts = try FileFacts(at: source)
        var shown: [UInt8] = []
        let taken = try Snapshot.take(of: source, as: target) { bytes in bytes.withUnsafeBufferPointer { shown += $0 } }
        #expect(taken == facts)
        #expect(shown == content)
        #expect(try DurableFile.read(target) == content)
        #expect(try FileFacts(at: target)?.inode != facts?.inode)
    }

    @Test("it is its own file: what the producer writes later does not reach it")
    func isPrivate() throws {
        let descriptor = Glibc.open(source.string, O_WRONLY)
        defer { close(descriptor) }
        _ = try take()
        #expect(write(descriptor, "LINE", 4) == 4)
        #expect(try directory.text("input.jsonl") == "line 1\nline 2\n")
    }

    @Test("it is durable: synced, renamed, and the directory synced")
    func durable() throws {
        let faults = FileFaults(under: directory.path)
        defer { faults.remove() }
        _ = try take()
        let last = faults.calls.suffix(5).map(\.operation)
        #expect(last == [.fsync, .close, .rename, .open, .fsync])
        #expect(faults.calls.last?.path == directory.path)
    }

    @Test(
        "a source that grows as fast as it is read, or is overwritten in place, is refused", arguments: [O_APPEND, 0])
    func changing(flags: Int32) throws {
        let descriptor = Glibc.open(source.string, O_WRONLY | flags)
        defer { close(descriptor) }
        var error: SnapshotError?
        do throws(SnapshotError) {
            _ = try Snapshot.take(of: source, as: target) { _ in write(descriptor, "x", 1) }
        } catch let thrown {
            error = thrown
        }
        guard case .changedWhileCopying(source, 14, let afterBytes) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(flags == O_APPEND ? afterBytes > 14 : afterBytes == 14)
        #expect(try directory.names == ["delivered"])
    }

    @Test("what a crash left of an earlier try is replaced")
    func leftOver() throws {
        _ = try directory.write("a longer text than the one that is copied now", "input.jsonl.tmp")
        _ = try directory.write("old", "input.jsonl")
        #expect(try take() == Array("line 1\nline 2\n".utf8))
        #expect(try directory.text("input.jsonl") == "line 1\nline 2\n")
        #expect(try directory.names == ["delivered", "input.jsonl"])
    }

    @Test(
        "when a step fails, no snapshot and no temporary file",
        arguments: [
            FileOperation.open, .stat, .read, .write, .fsync, .close, .rename,
        ])
    func failing(operation: FileOperation) throws {
        let faults = FileFaults(under: directory.path) { asked, _ in
            // Where blocks can be shared nothing is written.
            asked == .clone ? .error(EOPNOTSUPP) : asked == operation ? .error(ENOSPC) : nil
        }
        let error = #expect(throws: SnapshotError.self) { try take() }
        faults.remove()
        guard case .file(let cause) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(cause.operation == operation.rawValue && cause.isOutOfSpace)
        #expect(try directory.names == ["delivered"])
    }

    @Test("a link, a FIFO and a directory have no snapshot")
    func irregular() throws {
        #expect(symlink(source.string, directory("link").string) == 0)
        #expect(mkfifo(directory("fifo").string, 0o600) == 0)
        for name in ["link", "fifo", ".", "missing"] {
            #expect(throws: SnapshotError.self) { try Snapshot.take(of: directory(name), as: target) { _ in } }
        }
        #expect(try FileFacts(at: target) == nil)
    }

    @Test("an empty file")
    func empty() throws {
        try DurableFile.publish([], to: source)
        #expect(try take() == [])
        #expect(try DurableFile.read(target) == [])
    }
}
