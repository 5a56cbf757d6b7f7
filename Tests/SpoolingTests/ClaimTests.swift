import BatchCore
import DurableFiles
import Glibc
import Spooling
import SystemPackage
import Testing

@Suite("A claim takes the file that was looked at, whole, or leaves nothing behind")
struct ClaimTests {
    private let house: TestSpool
    private var spool: Spool { house.spool }

    init() throws {
        house = try TestSpool()
    }

    @Test("claimed and copied: the inbox is empty, and the copy is ours alone")
    func claimed() async throws {
        let arrival = try house.drop("text\n")
        let facts = try house.facts(arrival)
        let id = house.id(of: arrival)
        guard let claim = try await spool.claim(arrival, seen: facts, expected: nil, as: id, at: house.time) else {
            Issue.record("nobody else was there")
            return
        }
        let directory = claim.directory
        #expect(try house.names(spool.inbox).isEmpty && house.text(directory.delivered) == "text\n")
        let record = try #require(try await ended(claim))
        var hasher = SHA256()
        hasher.update(Array("text\n".utf8).span)
        #expect(record.sha256 == hasher.finish() && record.sizeBytes == 5)
        #expect(try house.names(directory.path) == ["input.jsonl", "job.json"])
        #expect(try directory.record() == record && FileFacts(at: directory.input)?.inode != facts.inode)
    }

    @Test("it outlives the machine's power: under its new name before it is gone from the old")
    func durable() async throws {
        let arrival = try house.drop("text\n")
        let facts = try house.facts(arrival)
        let id = house.id(of: arrival)
        let faults = FileFaults(under: spool.root)
        defer { faults.remove() }
        let claim = try await spool.claim(arrival, seen: facts, expected: nil, as: id, at: house.time)
        let isClaimed = claim != nil
        // The directory lasts before a file leads into it, the file there before it is gone from the inbox.
        let moved = try #require(faults.calls.firstIndex { $0 == (.rename, spool.job(id).delivered) })
        func synced(_ calls: some Sequence<(operation: FileOperation, path: FilePath)>) -> [FilePath] {
            calls.filter { $0.operation == .fsync }.map(\.path)
        }
        #expect(isClaimed && synced(faults.calls[..<moved]).last == spool.processing)
        #expect(synced(faults.calls[moved...]) == [spool.job(id).path, spool.inbox])
    }

    @Test("somebody else was faster: nil, and no directory")
    func lostRace() async throws {
        let arrival = try house.drop("text\n")
        let facts = try house.facts(arrival)
        try DurableFile.remove(arrival.path)
        let claim = try await spool.claim(
            arrival, seen: facts, expected: nil, as: house.id(of: arrival), at: house.time)
        let isLost = claim == nil
        #expect(try isLost && house.names(spool.processing).isEmpty)
    }

    @Test("another file has taken the name: it is put back as it was")
    func exchanged() async throws {
        let arrival = try house.drop("looked at\n")
        let facts = try house.facts(arrival)
        try house.drop("another\n")
        let other = try house.facts(arrival)
        let claim = try await spool.claim(
            arrival, seen: facts, expected: nil, as: house.id(of: arrival), at: house.time)
        let isLost = claim == nil
        #expect(try isLost && house.names(spool.processing).isEmpty)
        #expect(try house.text(arrival.path) == "another\n" && house.facts(arrival).isSameFile(as: other))
    }

    @Test("another file has taken the name, and a third its place: the other one is claimed, none is lost")
    func exchangedTwice() async throws {
        let arrival = try house.drop("looked at\n")
        let facts = try house.facts(arrival)
        try house.drop("another\n")
        let inbox = spool.inbox
        let delivered = spool.job(house.id(of: arrival)).delivered
        // Between the rename out of the inbox and the one back.
        let faults = FileFaults(under: delivered) { operation, _ in
            guard operation == .stat else { return nil }
            do { try DurableFile.publish(Array("third\n".utf8), to: inbox.appending("a.jsonl")) } catch {
                Issue.record(error)
            }
            return nil
        }
        let claim = try await spool.claim(
            arrival, seen: facts, expected: nil, as: house.id(of: arrival), at: house.time)
        faults.remove()
        let isClaimed = claim != nil
        #expect(try isClaimed && house.text(delivered) == "another\n" && house.text(arrival.path) == "third\n")
    }

    @Test("a link took the name after the look, and a file its place: the link goes beside, and nothing is claimed")
    func exchangedForLink() async throws {
        let arrival = try house.drop("looked at\n")
        let facts = try house.facts(arrival)
        let inbox = spool.inbox
        try DurableFile.remove(arrival.path)
        symlink("/etc/passwd", arrival.path.string)
        let faults = FileFaults(under: spool.job(house.id(of: arrival)).delivered) { operation, _ in
            guard operation == .stat else { return nil }
            do { try DurableFile.publish(Array("third\n".utf8), to: inbox.appending("a.jsonl")) } catch {
                Issue.record(error)
            }
            return nil
        }
        let claim = try await spool.claim(
            arrival, seen: facts, expected: nil, as: house.id(of: arrival), at: house.time)
        faults.remove()
        let isLost = claim == nil
        #expect(try isLost && house.names(spool.processing).isEmpty && house.text(arrival.path) == "third\n")
        #expect(try house.names(inbox).count { $0.hasPrefix(".a.jsonl.") } == 1)
    }

    @Test("a second name appeared after the look: it is put back")
    func linked() async throws {
        let arrival = try house.drop("text\n")
        let facts = try house.facts(arrival)
        _ = try DurableFile.link(arrival.path, to: spool.root.appending("second"))
        let claim = try await spool.claim(
            arrival, seen: facts, expected: nil, as: house.id(of: arrival), at: house.time)
        let isLost = claim == nil
        #expect(try isLost && house.text(arrival.path) == "text\n" && house.names(spool.processing).isEmpty)
    }

    @Test("the name of the job is taken: nothing of that job is touched")
    func takenName() async throws {
        let first = try house.drop("first\n")
        let id = house.id(of: first)
        let claim = try await spool.claim(first, seen: try house.facts(first), expected: nil, as: id, at: house.time)
        let isClaimed = claim != nil
        let second = try house.drop("second\n")
        let again = try await spool.claim(second, seen: try house.facts(second), expected: nil, as: id, at: house.time)
        let isRefused = again == nil
        #expect(try isClaimed && isRefused && house.text(spool.job(id).delivered) == "first\n")
        #expect(try house.text(second.path) == "second\n")
    }

    @Test("the rename fails: the file is in the inbox, and no directory is left", arguments: [ENOSPC, EIO, EXDEV])
    func failedRename(code: Int32) async throws {
        let arrival = try house.drop("text\n")
        let facts = try house.facts(arrival)
        let faults = FileFaults(under: spool.processing) { operation, path in
            operation == .rename && path.lastNameBytes.elementsEqual("delivered".utf8) ? .error(code) : nil
        }
        await #expect(throws: FileError.self) {
            _ =
                try await spool.claim(arrival, seen: facts, expected: nil, as: house.id(of: arrival), at: house.time)
                == nil
        }
        faults.remove()
        #expect(try house.text(arrival.path) == "text\n" && house.names(spool.processing).isEmpty)
    }

    /// A try of the snapshot, of a claim that may be tried again.
    private func snapshot(
        _ directory: JobDirectory, isLastTry: Bool = false, limitBytes: Int = 1 << 30
    ) async throws -> SnapshotTry {
        let record = try #require(try directory.record())
        return try await spool.reclaim(directory, record).snapshot(
            limitBytes: limitBytes, isLastTry: isLastTry, in: spool.snapshotSpace)
    }

    private func ended(_ claim: consuming Claim) async throws -> JobRecord? {
        let end = try await claim.snapshot(limitBytes: 1 << 30, isLastTry: false, in: spool.snapshotSpace)
        guard case .ended(let record) = end else { return nil }
        return record
    }

    private func reason(_ end: SnapshotTry) -> String? { if case .waits(let reason) = end { reason } else { nil } }

    private func refusal(_ end: SnapshotTry) -> String? {
        if case .ended(let record) = end { record.refusal } else { nil }
    }

    private func claimed(_ text: String) async throws -> JobDirectory {
        let arrival = try house.drop(text)
        let claim = try await spool.claim(
            arrival, seen: try house.facts(arrival), expected: nil, as: house.id(of: arrival), at: house.time)
        let isClaimed = claim != nil
        #expect(isClaimed)
        return spool.job(house.id(of: arrival))
    }

    @Test("what was delivered goes once the record of its copy is there")
    func order() async throws {
        let directory = try await claimed("text\n")
        let faults = FileFaults(under: spool.root)
        defer { faults.remove() }
        _ = try await snapshot(directory)
        let calls = faults.calls
        let recorded = calls.lastIndex { $0 == (.rename, directory.path.appending("job.json")) }
        let removed = calls.firstIndex { $0 == (.unlink, directory.delivered) }
        #expect(try #require(recorded) < #require(removed))
    }

    @Test("a writer that came with it is waited for, and what it writes is in the copy")
    func writer() async throws {
        let directory = try await claimed("one\n")
        let descriptor = open(directory.delivered.string, O_WRONLY | O_APPEND)
        #expect(try await reason(snapshot(directory)) == "a writer still has it open")
        #expect(try FileFacts(at: directory.input) == nil)
        #expect(write(descriptor, "two\n", 4) == 4)
        close(descriptor)
        guard case .ended(let record) = try await snapshot(directory) else {
            Issue.record("nobody has it open")
            return
        }
        #expect(try record.sizeBytes == 8 && house.text(directory.input) == "one\ntwo\n")
    }

    @Test("a writer that never goes: at the last try there is a copy of what there is")
    func lastTry() async throws {
        let directory = try await claimed("one\n")
        let descriptor = open(directory.delivered.string, O_WRONLY | O_APPEND)
        defer { close(descriptor) }
        guard case .ended(let record) = try await snapshot(directory, isLastTry: true) else {
            Issue.record("it waits on")
            return
        }
        #expect(write(descriptor, "two\n", 4) == 4)
        #expect(try record.sha256 != nil && record.refusal == nil && house.text(directory.input) == "one\n")
        #expect(try house.names(directory.path) == ["input.jsonl", "job.json"])
    }

    @Test("its owner closes it to us before the copy: it waits with the reason, and is refused at the last try")
    func closed() async throws {
        let directory = try await claimed("text\n")
        let faults = FileFaults(under: directory.delivered) { operation, _ in
            operation == .open ? .error(EACCES) : nil
        }
        defer { faults.remove() }
        #expect(try await reason(snapshot(directory))?.contains("EACCES") == true)
        #expect(faults.count(.open) == 1)
        #expect(try await refusal(snapshot(directory, isLastTry: true))?.contains("EACCES") == true)
        #expect(try directory.record()?.refusal?.contains("EACCES") == true)
        #expect(try house.names(directory.path) == ["input.jsonl", "job.json"])
    }

    @Test("too large: refused as it is, and not a byte is copied; a crash in the middle is finished")
    func tooLarge() async throws {
        let directory = try await claimed("text\n")
        let file = try FileFacts(at: directory.delivered)
        let crash = FileFaults(under: directory.path) { operation, path in
            operation == .rename && path == directory.input ? .error(EIO) : nil
        }
        await #expect(throws: FileError.self) { try await snapshot(directory, limitBytes: 4) }
        crash.remove()
        #expect(try house.names(directory.path) == ["delivered", "job.json"])
        let end = try await snapshot(directory)
        #expect(refusal(end)?.contains("it has 5 bytes, more than `file_bytes`") == true)
        #expect(try FileFacts(at: directory.input)?.inode == file?.inode)
        #expect(try house.names(directory.path) == ["input.jsonl", "job.json"])
        #expect(try await refusal(snapshot(directory)) != nil, "once more")
        #expect(try house.text(directory.input) == "text\n")
    }

    @Test("no space for the copy: it waits, at the last try too", arguments: [false, true])
    func noSpace(isLastTry: Bool) async throws {
        let directory = try await claimed("text\n")
        let faults = FileFaults(under: directory.path) { operation, path in
            if operation == .clone { return .error(EOPNOTSUPP) }
            return operation == .write && path.lastNameBytes.elementsEqual("input.jsonl.tmp".utf8)
                ? .error(EDQUOT) : nil
        }
        defer { faults.remove() }
        guard case .waitsForSpace(let reason) = try await snapshot(directory, isLastTry: isLastTry) else {
            Issue.record("it does not wait")
            return
        }
        #expect(try reason.contains("EDQUOT") && house.names(directory.path) == ["delivered", "job.json"])
    }
}
