import DurableFiles
import Glibc
import SystemPackage
import Testing

@Suite("Every system call on the spool can fail")
struct FileFaultsTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    /// One of each: what a spool does in its life, shortly.
    private func live() async throws {
        let file = directory("a")
        try DurableFile.makeDirectory(directory("d"))
        try DurableFile.publish(Array("1\n".utf8), to: file, replacing: false)
        _ = try DurableFile.link(file, to: directory("d/b"))
        _ = try WriterProbe.probe(file)
        _ = try Snapshot.take(of: file, as: directory("d/input.jsonl")) { _ in }
        _ = try FileSystemFacts(at: file)
        _ = try FileLock.acquire(directory("lock"))
        let log = try AppendLog(opening: file, create: false, truncatingTo: 1)
        _ = try await log.append([10])
        try await log.close()
        try DurableFile.removeTree(directory("d"))
    }

    @Test("and then it says so", arguments: FileOperation.allCases)
    func says(operation: FileOperation) async throws {
        let faults = directory.failing(operation, with: EIO)
        defer { faults.remove() }
        do {
            try await live()
            Issue.record("\(operation) was not made, or its failure was passed over")
        } catch let error as FileError {
            #expect(error.code == EIO && error.operation == operation.rawValue)
        } catch let error as SnapshotError {
            guard case .file(let cause) = error else { throw error }
            #expect(cause.code == EIO && cause.operation == operation.rawValue)
        }
    }

    @Test("a hook sees its own directory only, and nothing after it is removed")
    func scope() throws {
        let other = try TemporaryDirectory()
        let faults = directory.failing(.open, with: EIO)
        _ = try other.write("a", "a")
        #expect(throws: FileError.self) { try directory.write("a", "a") }
        #expect(faults.count(.open) == 1)
        faults.remove()
        _ = try directory.write("a", "a")
        #expect(faults.calls.count == 1)
    }

    @Test("a lack is one trouble at whatever file it is met; a failing disk is one at each")
    func trouble() {
        func isOne(_ code: Int32) -> Bool {
            FileError(.open, "/spool/a", code).trouble == FileError(.write, "/spool/b", code).trouble
        }
        #expect([ENOSPC, EDQUOT, EROFS, EMFILE, ENFILE, ENOMEM].allSatisfy(isOne))
        #expect(![EIO, EACCES, ENOENT].contains(where: isOne))
    }
}
