import BatchCore
import DurableFiles
import Glibc
import Spooling
import SystemPackage
import Testing

@Suite("A file is claimed when it is whole, as far as anybody can tell, and else waits with a reason")
struct ReadinessTests {
    private let house: TestSpool
    private let start = ContinuousClock.now

    init() throws {
        house = try TestSpool()
    }

    private func lane(_ settle: Duration = .seconds(2), manifest: Bool = false) -> Lane {
        var lane = Lane(name: Lane.defaultName)
        lane.settle = settle
        lane.manifestRequired = manifest
        return lane
    }

    private func reason(_ readiness: Readiness) -> String? {
        if case .waiting(let reason, _) = readiness { reason } else { nil }
    }

    private func isReady(_ readiness: Readiness) -> Bool {
        if case .ready = readiness { true } else { false }
    }

    @Test(
        "another user's file is ready after quiet time by our clock, which a change begins anew; mtime proves nothing")
    func quiet() throws {
        let arrival = try house.drop("one\n")
        let faults = FileFaults(under: arrival.path) { operation, _ in operation == .lease ? .error(EPERM) : nil }
        defer { faults.remove() }
        var times = [timespec(tv_sec: 1, tv_nsec: 0), timespec(tv_sec: 1, tv_nsec: 0)]
        utimensat(AT_FDCWD, arrival.path.string, &times, 0)
        var quiet: Quiet?
        #expect(reason(try arrival.readiness(in: lane(), quiet: &quiet, now: start))?.contains("quiet time") == true)
        #expect(!isReady(try arrival.readiness(in: lane(), quiet: &quiet, now: start + .milliseconds(1900))))
        let descriptor = open(arrival.path.string, O_WRONLY | O_APPEND)
        #expect(write(descriptor, "two\n", 4) == 4)
        close(descriptor)
        #expect(!isReady(try arrival.readiness(in: lane(), quiet: &quiet, now: start + .milliseconds(2100))))
        #expect(!isReady(try arrival.readiness(in: lane(), quiet: &quiet, now: start + .milliseconds(4000))))
        #expect(isReady(try arrival.readiness(in: lane(), quiet: &quiet, now: start + .milliseconds(4100))))
    }

    @Test("a file of ours is ready at once when nobody writes it, and an empty one after quiet time")
    func own() throws {
        let arrival = try house.drop("one\n")
        var quiet: Quiet?
        #expect(isReady(try arrival.readiness(in: lane(), quiet: &quiet, now: start)))
        let empty = try house.drop("", as: "b.jsonl")
        quiet = nil
        #expect(reason(try empty.readiness(in: lane(), quiet: &quiet, now: start)) == "it is empty so far")
        #expect(isReady(try empty.readiness(in: lane(), quiet: &quiet, now: start + .seconds(2))))
    }

    @Test("a file with a second name waits, and one that somebody writes")
    func shared() throws {
        let arrival = try house.drop("one\n")
        let other = FilePath(arrival.path.string + ".tmp")
        var quiet: Quiet?
        #expect(link(arrival.path.string, other.string) == 0)
        #expect(reason(try arrival.readiness(in: lane(), quiet: &quiet, now: start))?.contains("2 names") == true)
        try DurableFile.remove(other)
        let descriptor = open(arrival.path.string, O_WRONLY)
        #expect(
            reason(try arrival.readiness(in: lane(), quiet: &quiet, now: start)) == "a writer still has it open")
        close(descriptor)
        #expect(isReady(try arrival.readiness(in: lane(), quiet: &quiet, now: start)))
    }

    @Test("gone between two looks at it", arguments: [FileOperation.open, .lease])
    func gone(operation: FileOperation) throws {
        let arrival = try house.drop("one\n")
        let faults = FileFaults(under: arrival.path) { asked, path in
            guard asked == operation else { return nil }
            unlink(path.string)
            return operation == .open ? nil : .error(ENOENT)
        }
        defer { faults.remove() }
        var quiet: Quiet?
        #expect(try arrival.readiness(in: lane(), quiet: &quiet, now: start) == .nothing)
    }

    @Test("trouble of the machine is not taken for a property of the file", arguments: [EIO, EMFILE, ENOMEM])
    func environment(code: Int32) throws {
        let arrival = try house.drop("one\n")
        let faults = FileFaults(under: arrival.path) { operation, _ in operation == .open ? .error(code) : nil }
        defer { faults.remove() }
        #expect(throws: FileError.self) {
            var quiet: Quiet?
            _ = try arrival.readiness(in: lane(), quiet: &quiet, now: start)
        }
    }

    @Test("a manifest: its hash goes with the claim; one that is no hash makes the file wait")
    func manifest() throws {
        let arrival = try house.drop("one\n")
        var quiet: Quiet?
        #expect(
            reason(try arrival.readiness(in: lane(manifest: true), quiet: &quiet, now: start))?.contains("manifest")
                == true)
        try house.drop("no hash\n", as: "a.jsonl.sha256")
        #expect(reason(try arrival.readiness(in: lane(), quiet: &quiet, now: start))?.contains("hexadecimal") == true)
        let hex = String(repeating: "ab", count: 32)
        try house.drop("\(hex)  a.jsonl\n", as: "a.jsonl.sha256")
        guard case .ready(_, let digest) = try arrival.readiness(in: lane(manifest: true), quiet: &quiet, now: start)
        else {
            Issue.record("it is not ready")
            return
        }
        #expect(digest == SHA256Digest(hex: hex))
    }

    @Test(
        "a manifest of any size or kind is nobody's trouble but its producer's",
        arguments: ["big", "link", "directory"])
    func oddManifest(kind: String) throws {
        let arrival = try house.drop("one\n")
        let path = house.spool.inbox.appending("a.jsonl.sha256")
        switch kind {
        case "big": try house.drop(String(repeating: "x", count: 10_000), as: "a.jsonl.sha256")
        case "link": symlink("/etc/passwd", path.string)
        default: try DurableFile.makeDirectory(path)
        }
        var quiet: Quiet?
        #expect(
            reason(try arrival.readiness(in: lane(), quiet: &quiet, now: start))?.hasPrefix("it cannot be read: ")
                == true)
    }
}
