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

    private struct GaveUp: Error {}

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
        let record = try await claim.snapshot { _ in Issue.record("nobody has it open") }
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
        let moved = faults.calls.drop { $0 != (.rename, spool.job(id).delivered) }
        let synced = moved.filter { $0.operation == .fsync }.map(\.path)
        #expect(isClaimed && synced == [spool.job(id).path, spool.processing, spool.inbox])
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

    @Test("a writer that came with it is waited for, and what it writes is in the copy")
    func writer() async throws {
        let arrival = try house.drop("one\n")
        let facts = try house.facts(arrival)
        let descriptor = open(arrival.path.string, O_WRONLY | O_APPEND)
        guard
            let claim = try await spool.claim(
                arrival, seen: facts, expected: nil, as: house.id(of: arrival), at: house.time)
        else { return }
        let directory = claim.directory
        let record = try await claim.snapshot { reason in
            #expect(reason == "a writer still has it open")
            let isCopied = try FileFacts(at: directory.input) != nil
            #expect(!isCopied)
            #expect(write(descriptor, "two\n", 4) == 4)
            close(descriptor)
        }
        #expect(try record.sizeBytes == 8 && house.text(directory.input) == "one\ntwo\n")
    }

    @Test("its owner closes it to us before the copy: it waits with the reason")
    func closed() async throws {
        let arrival = try house.drop("text\n")
        let facts = try house.facts(arrival)
        guard
            let claim = try await spool.claim(
                arrival, seen: facts, expected: nil, as: house.id(of: arrival), at: house.time)
        else { return }
        let faults = FileFaults(under: claim.directory.delivered) { operation, _ in
            operation == .open ? .error(EACCES) : nil
        }
        defer { faults.remove() }
        do {
            _ = try await claim.snapshot { reason in
                #expect(reason.contains("EACCES"))
                throw GaveUp()
            }
            Issue.record("it was copied")
        } catch let error where error is GaveUp {
            #expect(faults.count(.open) == 1)
        }
    }
}
