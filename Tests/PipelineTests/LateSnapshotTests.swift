import BatchCore
import DurableFiles
import Glibc
import Pipeline
import Spooling
import Synchronization
import SystemPackage
import Testing

@Suite(
    "A claimed file that cannot be copied yet holds up nobody, and is decided over in the end", .timeLimit(.minutes(6)))
struct LateSnapshotTests {
    private let house: TestHouse
    private let backend = StubBackend()

    init() throws {
        house = try TestHouse()
    }

    /// Calls on the claimed files of all jobs but those of this name.
    private func faults(_ operation: FileOperation, _ code: Int32, butFor stem: String = "good") -> FileFaults {
        FileFaults(under: house.spool.processing) { asked, path in
            let isMeant =
                path.lastNameBytes.elementsEqual("delivered".utf8)
                && !path.parent.lastNameBytes.starts(with: stem.utf8)
            return asked == operation && isMeant ? .error(code) : nil
        }
    }

    /// Seconds, as far as the dispatcher knows, until there is a job in a place.
    private func pass(_ dispatcher: Dispatcher, until place: String) async throws {
        for _ in 0..<120 {
            if try !house.names(place).isEmpty { return }
            let turns = dispatcher.turns.load(ordering: .relaxed)
            dispatcher.send(.tick)
            #expect(await eventually { dispatcher.turns.load(ordering: .relaxed) > turns })
        }
        try await house.wait(for: place)
    }

    @Test("sixteen that a writer keeps open do not keep a seventeenth from being claimed")
    func sixteen() async throws {
        for number in 0..<16 { try house.drop([line("p\(number)")], as: "held\(number).jsonl") }
        let held = faults(.lease, EAGAIN)
        defer { held.remove() }
        try await house.withDaemon(backend) { dispatcher in
            #expect(
                try await eventually {
                    try house.spool.jobs().count { try house.spool.job($0).state()?.reason.contains("writer") == true }
                        == 16
                })
            try house.drop([line("good")], as: "good.jsonl")
            dispatcher.send(.scan)
            try await house.wait(for: "done")
            #expect(try house.only("done").job.stem == "good")
            held.remove()
            try await house.wait(for: "done", 17)
        }
    }

    @Test("a writer that never goes is waited for about a minute: then there is a copy, and the job runs on it")
    func lastTry() async throws {
        try house.drop([line("a")])
        let held = faults(.lease, EAGAIN)
        defer { held.remove() }
        try await house.withDaemon(backend) { try await pass($0, until: "done") }
        #expect(try house.only("done").ids("output.jsonl") == ["a"])
        #expect(held.count(.lease) >= 10)
    }

    @Test("one that stays closed to us is rejected with the reason, as it was delivered, and nothing is sent")
    func closed() async throws {
        try house.drop([line("a")])
        let inode = try FileFacts(at: house.spool.inbox.appending("a.jsonl"))?.inode
        let closed = faults(.open, EACCES)
        defer { closed.remove() }
        try await house.withDaemon(backend) { try await pass($0, until: "rejected") }
        let rejected = try house.only("rejected")
        #expect(rejected.reason.contains("EACCES") && rejected.reason.contains("deliver it again"))
        #expect(try FileFacts(at: rejected.path.appending("input.jsonl"))?.inode == inode)
        #expect(try rejected.text("input.jsonl") == line("a") + "\n" && backend.sent.isEmpty)
        #expect(rejected.count("lines", "total") == 0)
    }

    @Test("larger than `file_bytes`: rejected as it was delivered, without a copy")
    func tooLarge() async throws {
        try house.drop([line("a"), line("b")], as: "large.jsonl")
        try house.drop([line("c")], as: "good.jsonl")
        let inode = try FileFacts(at: house.spool.inbox.appending("large.jsonl"))?.inode
        let policies = Policies.test { $0.limits.fileBytes = 200 }
        #expect(line("a").utf8.count < 200)
        let (end, _) = try await house.start(backend, policies)
        let rejected = try house.only("rejected")
        #expect(end == .idle(parked: 0) && rejected.reason.contains("more than `file_bytes`"))
        #expect(try FileFacts(at: rejected.path.appending("input.jsonl"))?.inode == inode)
        #expect(try backend.prompts == ["c"] && house.only("done").job.stem == "good")
    }

    @Test("no space for its copy: it waits with the reason, the others go on, and it is done once there is space")
    func noSpace() async throws {
        try house.drop([line("a")], as: "large.jsonl")
        try house.drop([line("b")], as: "good.jsonl")
        let full = FileFaults(under: house.spool.processing) { operation, path in
            guard path.lastNameBytes.elementsEqual("input.jsonl.tmp".utf8) else { return nil }
            guard path.parent.lastNameBytes.starts(with: "large".utf8) else { return nil }
            return operation == .clone ? .error(EOPNOTSUPP) : operation == .write ? .error(ENOSPC) : nil
        }
        let (end, _) = try await house.start(backend)
        full.remove()
        #expect(try end == .idle(parked: 1) && house.only("done").job.stem == "good")
        let job = try #require(try house.spool.jobs().first)
        let state = try house.spool.job(job).state()
        #expect(state?.phase == .claimed && state?.reason.contains("ENOSPC") == true)
        try await house.start(backend)
        #expect(try house.names("done").count == 2)
    }

    @Test("killed while a file is being refused: the next process refuses it", arguments: Crash.Moment.allCases)
    func killed(moment: Crash.Moment) async throws {
        let policies = Policies.test { $0.limits.fileBytes = 10 }
        let matrix = KillMatrix(lines: [line("a")], policies: policies, script: { .good($0) }, moment: moment)
        let steps = try await matrix.run { house, sent, context in
            #expect(sent.isEmpty, context)
            let rejected = try house.only("rejected")
            #expect(try rejected.text("input.jsonl") == line("a") + "\n", context)
            #expect(rejected.reason.contains("file_bytes"), context)
            #expect(try house.names("inbox").isEmpty && house.names("processing").isEmpty, context)
        }
        #expect(steps > 10, "\(steps)")
    }
}
