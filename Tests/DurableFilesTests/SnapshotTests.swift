import Glibc
import SystemPackage
import Testing

@testable import DurableFiles

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

    private func error(_ take: () throws(SnapshotError) -> Void) -> SnapshotError? {
        do throws(SnapshotError) { try take() } catch { return error }
        return nil
    }

    @Test("a file of holes costs its producer nothing, and is not copied", arguments: [1 << 30, 1 << 40])
    func hole(sizeBytes: Int) throws {
        #expect(truncate(source.string, sizeBytes) == 0)
        let found = error { () throws(SnapshotError) in _ = try Snapshot.take(of: source, as: target) { _ in } }
        guard case .hole(source, let offset) = found else {
            Issue.record("\(String(describing: found))")
            return
        }
        #expect(offset >= 14 && offset < 1 << 20)
        #expect(try directory.names == ["delivered"])
    }

    @Test("a file above the limit is not copied")
    func tooLarge() throws {
        let found = error { () throws(SnapshotError) in
            _ = try Snapshot.take(of: source, as: target, limitBytes: 13) { _ in }
        }
        #expect(found == .tooLarge(source, sizeBytes: 14, limitBytes: 13))
        _ = try Snapshot.take(of: source, as: target, limitBytes: 14) { _ in }
        #expect(try directory.text("input.jsonl") == "line 1\nline 2\n")
    }

    @Test("a copy for which there is no space is not begun, also where others have still to write theirs")
    func noSpace() throws {
        let unshared = FileFaults(under: directory.path) { asked, _ in asked == .clone ? .error(EOPNOTSUPP) : nil }
        defer { unshared.remove() }
        let free = try FileSystemFacts(at: directory.path).freeBytes
        let none = CopySpace(of: directory.path, reserveBytes: free * 2)
        let found = error { () throws(SnapshotError) in
            _ = try Snapshot.take(of: source, as: target, in: none) { _ in }
        }
        #expect(found == .noSpace(source, neededBytes: 14, freeBytes: 0))
        #expect(try directory.names == ["delivered"])

        let space = CopySpace(of: directory.path, reserveBytes: 0)
        #expect(try space.take(free / 2) == nil)
        let left = try #require(try space.take(free / 4 * 3))
        #expect(left > free / 8 && left < free / 4 * 3)
        space.give(free / 2)
        #expect(try space.take(free / 4 * 3) == nil)
    }

    @Test("at the last try names and mode may change, and bytes may not")
    func lastTry() throws {
        let mode = error { () throws(SnapshotError) in
            _ = try Snapshot.take(of: source, as: target) { _ in chmod(source.string, 0o600) }
        }
        #expect(mode != nil)
        _ = try Snapshot.take(of: source, as: target, isLastTry: true) { _ in chmod(source.string, 0o640) }
        #expect(try directory.text("input.jsonl") == "line 1\nline 2\n")
        let descriptor = Glibc.open(source.string, O_WRONLY)
        defer { close(descriptor) }
        let bytes = error { () throws(SnapshotError) in
            _ = try Snapshot.take(of: source, as: target, isLastTry: true) { _ in write(descriptor, "x", 1) }
        }
        #expect(bytes != nil)
    }

    @Test("an empty file")
    func empty() throws {
        try DurableFile.publish([], to: source)
        #expect(try take() == [])
        #expect(try DurableFile.read(target) == [])
    }
}
