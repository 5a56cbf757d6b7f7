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

    @Test("its bytes are written, then synced, before the call comes back; a new file's name too")
    func order() async throws {
        let faults = FileFaults(under: directory.path)
        defer { faults.remove() }
        let log = try open()
        #expect(faults.calls.contains { $0 == (.fsync, directory.path) })
        let before = faults.calls.count
        _ = try await log.append(Array("one\n".utf8))
        #expect(faults.calls.dropFirst(before).map(\.operation) == [.write, .fdatasync])
    }

    @Test("what an earlier process left in the file is durable once it is open")
    func foundBytes() throws {
        try DurableFile.publish(Array("one\n".utf8), to: path, durable: false)
        let faults = FileFaults(under: directory.path) { operation, path in
            operation == .fsync && path.lastNameBytes.elementsEqual("log".utf8) ? .error(EIO) : nil
        }
        defer { faults.remove() }
        #expect(throws: FileError.self) { try open() }
        #expect(throws: FileError.self) { try open(truncatingTo: 4) }
    }

    @Test("a tail that was cut stays cut: the file is synced before anything is appended")
    func cutTail() throws {
        _ = try directory.write("one\ntw", "log")
        let faults = FileFaults(under: path)
        defer { faults.remove() }
        _ = try open(truncatingTo: 4)
        #expect(faults.calls.map(\.operation).suffix(2) == [.truncate, .fsync])
    }

    @Test("offsets follow each other, also after it is opened again")
    func offsets() async throws {
        let first = try open()
        #expect(try await first.append(Array("one\n".utf8)) == 0)
        #expect(try await first.append(Array("three\n".utf8)) == 4)
        try await first.close()
        let second = try open()
        #expect(second.sizeBytes == 10)
        #expect(try await second.append(Array("x\n".utf8)) == 10)
        #expect(try directory.text("log") == "one\nthree\nx\n")
    }

    @Test("64 appends together share a few syncs, and each is at its offset")
    func sharing() async throws {
        let log = try open()
        let faults = FileFaults(under: directory.path) { operation, _ in
            // The first sync lasts until all the others have come, so that how many there are does not depend on the machine.
            let deadline = ContinuousClock.now + .seconds(30)
            while operation == .fdatasync, log.sizeBytes < 64 * 4, ContinuousClock.now < deadline { poll(nil, 0, 1) }
            return nil
        }
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
        #expect(faults.count(.fdatasync) <= 8, "appends that came together were synced apart")
        #expect(faults.count(.fdatasync) == faults.count(.write))
    }

    @Test("a lazy record is not written until the next commit, and keeps its place")
    func lazily() async throws {
        let log = try open()
        #expect(log.appendLazily(Array("one\n".utf8)) == 0)
        #expect(try directory.text("log") == "")
        #expect(log.sizeBytes == 4)
        #expect(log.durableBytes == 0)
        #expect(try await log.append(Array("two\n".utf8)) == 4)
        #expect(log.durableBytes == 8)
        #expect(log.appendLazily(Array("three\n".utf8)) == 8)
        try await log.commit()
        #expect(try directory.text("log") == "one\ntwo\nthree\n")
    }

    @Test(
        "after a failed write or sync it refuses everything",
        arguments: [
            (FileOperation.write, ENOSPC), (.fdatasync, EIO),
        ])
    func poisoned(operation: FileOperation, code: Int32) async throws {
        let log = try open()
        _ = try await log.append(Array("one\n".utf8))
        let faults = directory.failing(operation, with: code)
        let first = await #expect(throws: FileError.self) { try await log.append(Array("two\n".utf8)) }
        faults.remove()
        #expect(first?.code == code && first?.operation == operation.rawValue)
        let watching = FileFaults(under: directory.path)
        defer { watching.remove() }
        #expect(await #expect(throws: FileError.self) { try await log.append(Array("three\n".utf8)) } == first)
        _ = log.appendLazily(Array("four\n".utf8))
        #expect(await #expect(throws: FileError.self) { try await log.commit() } == first)
        #expect(log.durableBytes == 4)
        #expect(await #expect(throws: FileError.self) { try await log.close() } == first)
        #expect(watching.count(.write) == 0 && watching.count(.fdatasync) == 0)
    }

    @Test("what a failed sync may not have brought to the disk can be read by nobody")
    func untrusted() async throws {
        let log = try open()
        _ = try await log.append(Array("one\n".utf8))
        let faults = directory.failing(.fdatasync, with: EIO)
        await #expect(throws: FileError.self) { try await log.append(Array("two\n".utf8)) }
        faults.remove()
        #expect(try directory.text("log") == "one\n")
    }

    @Test("where it cannot be cut off then, it is when the file is opened anew, and its reader hears of it")
    func untrustedFile() async throws {
        let log = try open()
        _ = try await log.append(Array("one\n".utf8))
        let faults = FileFaults(under: directory.path) { operation, _ in
            [.fdatasync, .truncate].contains(operation) ? .error(EIO) : nil
        }
        await #expect(throws: FileError.self) { try await log.append(Array("two\n".utf8)) }
        faults.remove()
        #expect(try directory.text("log") == "one\ntwo\n")
        let error = #expect(throws: FileError.self) { try open() }
        #expect(error?.isEnvironmental == true)
        #expect(try directory.text("log") == "one\n")
        #expect(try await open().append(Array("three\n".utf8)) == 4)
    }

    @Test("after a failure it can be opened anew at what was durable")
    func reopened() async throws {
        let log = try open()
        _ = try await log.append(Array("one\n".utf8))
        let calls = Counter()
        let faults = FileFaults(under: directory.path) { operation, _ in
            guard operation == .write else { return nil }
            return calls.next() == 0 ? .short(2) : .error(ENOSPC)
        }
        await #expect(throws: FileError.self) { try await log.append(Array("two\n".utf8)) }
        faults.remove()
        #expect(try directory.text("log") == "one\n")
        let again = try open(truncatingTo: log.durableBytes)
        #expect(try await again.append(Array("three\n".utf8)) == 4)
        #expect(try directory.text("log") == "one\nthree\n")
    }

    @Test("a closed log has written all that it took, and takes nothing more")
    func closed() async throws {
        let log = try open()
        _ = log.appendLazily(Array("one\n".utf8))
        try await log.close()
        #expect(try directory.text("log") == "one\n")
        let error = await #expect(throws: FileError.self) { try await log.append(Array("two\n".utf8)) }
        #expect(error?.code == EBADF)
        try await log.close()
        #expect(try directory.text("log") == "one\n")
    }

    @Test("a lazy record that comes after the end is told of by the next commit")
    func late() async throws {
        let log = try open()
        try await log.close()
        _ = log.appendLazily(Array("late\n".utf8))
        let error = await #expect(throws: FileError.self) { try await log.commit() }
        #expect(error?.code == EBADF)
        #expect(try directory.text("log") == "")
    }

    @Test("it is made only where that was asked for, and cut only to what it has")
    func opening() async throws {
        #expect(#expect(throws: FileError.self) { try AppendLog(opening: path, create: false) }?.code == ENOENT)
        try await open().close()
        #expect(#expect(throws: FileError.self) { try open(truncatingTo: 1) }?.code == EINVAL)
        #expect(symlink("log", directory("link").string) == 0)
        let error = #expect(throws: FileError.self) { try AppendLog(opening: directory("link"), create: true) }
        #expect(error?.code == ELOOP)
    }
}
