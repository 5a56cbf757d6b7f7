import BatchCore
import DurableFiles
import Glibc
import Ledgers
import Pipeline
import Spooling
import SystemPackage
import TestSupport
import Testing

/// One test for each row of the crash table: what the crash leaves, and what the next start makes of it.
@Suite("A crash right after", .timeLimit(.minutes(6)))
struct CrashTableTests {
    private let house: TestHouse
    private let lines = (1...6).map { line("p\($0)") }

    init() throws {
        house = try TestHouse()
        try house.drop(lines)
    }

    /// Runs until the first of the operations that fit, and looks at what is left.
    private func crash(
        _ moment: Crash.Moment, at index: Int = 0, _ policies: Policies = .test(),
        _ script: @escaping StubBackend.Script = { .good($0) },
        when isMeant: @escaping @Sendable (FileOperation, FilePath) -> Bool
    ) async throws -> JobDirectory? {
        let crash = Crash(under: house.directory.path, at: index, moment, counting: isMeant)
        defer { crash.end() }
        await #expect(throws: (any Error).self) { try await house.start(StubBackend(script), policies) }
        #expect(crash.isDead.isRaised)
        crash.end()
        return try house.spool.jobs().first.map { house.spool.job($0) }
    }

    /// The next start finishes the job.
    private func finish(sends count: Int, unknown: Int = 0) async throws {
        let backend = StubBackend()
        try await house.start(backend)
        let done = try house.only("done")
        #expect(backend.sent.count == count)
        #expect(try done.ids("output.jsonl") == (1...6).map { "p\($0)" } && done.count("lines", "answered") == 6)
        #expect(try house.names("processing").isEmpty && house.names("inbox").isEmpty)
        let book = try house.book()
        #expect(book.open.isEmpty && book.reserved.isZero)
        #expect(try book.unknown.usd == unknown * worstCase(of: lines[0]).usd)
        #expect(
            done.money("cost", "unknown_usd") == book.unknown.usd && done.money("cost", "spent_usd") == book.spent.usd)
        #expect(book.spent.usd == Money(picodollars: 6 * 20_000_000))
    }

    @Test("mkdir of the job: its directory goes, the file is still in inbox/")
    func mkdir() async throws {
        let parent = house.spool.processing
        let job = try #require(try await crash(.after) { $0 == .mkdir && $1.parent == parent })
        #expect(try house.names("inbox") == ["a.jsonl"] && DurableFile.list(job.path).isEmpty)
        try await finish(sends: 6)
        #expect(try house.only("done").job != job.id)
    }

    @Test("the claiming rename: a claim without a snapshot, of which one is taken")
    func claim() async throws {
        let job = try #require(
            try await crash(.after) { $0 == .rename && $1.lastNameBytes.elementsEqual("delivered".utf8) })
        #expect(
            try house.names("inbox").isEmpty && FileFacts(at: job.delivered) != nil && FileFacts(at: job.input) == nil)
        try await finish(sends: 6)
        #expect(try house.only("done").job == job.id)
    }

    @Test(
        "the claiming rename: a manifest that spoke for the file goes, one that came since stays",
        arguments: [true, false])
    func manifest(isNew: Bool) async throws {
        let manifest = house.spool.inbox.appending("a.jsonl.done")
        try DurableFile.publish([], to: manifest, durable: false)
        _ = try await crash(.after) { $0 == .rename && $1.lastNameBytes.elementsEqual("delivered".utf8) }
        #expect(try FileFacts(at: manifest) != nil)
        if isNew { try DurableFile.publish([], to: manifest, durable: false) }
        try await house.start(StubBackend())
        #expect(try (FileFacts(at: manifest) != nil) == isNew && house.only("done").count("lines", "answered") == 6)
    }

    @Test("the snapshot: it is read again")
    func snapshot() async throws {
        let job = try #require(
            try await crash(.after) { $0 == .rename && $1.lastNameBytes.elementsEqual("input.jsonl".utf8) })
        #expect(try FileFacts(at: job.delivered) != nil && FileFacts(at: job.input) != nil && job.plan() == nil)
        try await finish(sends: 6)
    }

    @Test("the plan: it is trusted")
    func plan() async throws {
        let job = try #require(
            try await crash(.after) { $0 == .rename && $1.lastNameBytes.elementsEqual("plan.json".utf8) })
        #expect(try job.plan()?.shards.map(\.lines) == [[1, 2, 3, 4], [5, 6]])
        try await house.start(StubBackend(), .test { $0.lane.shardLines = 1 })
        #expect(try house.only("done").report["shards"]?.array?.count == 2)
    }

    @Test("the reservation: nothing was sent, nothing is charged")
    func reservation() async throws {
        let budget = house.spool.budget
        _ = try await crash(.after) { $0 == .fdatasync && $1.parent == budget }
        #expect(try !house.book().reserved.isZero)
        try await finish(sends: 6)
    }

    @Test("some outcomes: they are kept; what was in flight is unknown, charged and sent again; the rest is only sent")
    func someOutcomes() async throws {
        let policies = Policies.test {
            $0.lane.concurrency = 1
            $0.lane.shardLines = 6
        }
        let job = try #require(
            try await crash(.before, at: 2, policies) {
                $0 == .write && $1.lastNameBytes.elementsEqual("0001.jsonl".utf8)
            })
        #expect(try ShardFile.read(job.shard(1)).entries.count == 2 && house.book().open.count == 1)
        try await finish(sends: 4, unknown: 1)
        #expect(house.events.count("requests.unknown") == 1)
    }

    @Test("the last outcome: it is settled from the shard's file")
    func lastOutcome() async throws {
        let job = try #require(
            try await crash(.after, at: 1) { $0 == .fdatasync && $1.lastNameBytes.elementsEqual("0002.jsonl".utf8) })
        #expect(try ShardFile.read(job.shard(2)).entries.count == 2 && !house.book().open.isEmpty)
        let charged = try house.book()
        #expect(!charged.reserved.isZero || !charged.spent.isZero)
        let backend = StubBackend()
        try await house.start(backend)
        #expect(backend.sent.count <= 4 && backend.prompts.allSatisfy { !["p5", "p6"].contains($0) })
        #expect(try house.book().open.isEmpty && house.only("done").count("lines", "answered") == 6)
    }

    @Test("the last outcome: nothing is settled from a shard's file that is not durable")
    func outcomeInMemory() async throws {
        _ = try await crash(.after, at: 1) { $0 == .fdatasync && $1.lastNameBytes.elementsEqual("0002.jsonl".utf8) }
        let open = try house.book().open
        let faults = FileFaults(under: house.spool.processing) { operation, path in
            operation == .fsync && path.lastNameBytes.elementsEqual("0002.jsonl".utf8) ? .error(EIO) : nil
        }
        await #expect(throws: FileError.self) { try await house.start(StubBackend()) }
        faults.remove()
        let isOpen = open.keys.contains { $0.shard == 2 }
        #expect(try isOpen && house.book().open.keys.contains { $0.shard == 2 })
    }

    @Test("the settlement: it is judged")
    func settlement() async throws {
        let log = house.spool.hashlog
        _ = try await crash(.before) { $0 == .write && $1.parent == log }
        let backend = StubBackend()
        try await house.start(backend)
        #expect(backend.sent.count <= 2, "the other shard may have been in flight")
        try house.drop([line("p1")], as: "b.jsonl")
        try await house.start(backend)
        #expect(!backend.prompts.contains("p1"), "its answer has entered the hash log after all")
    }

    @Test("the report: it is renamed to done/, and nothing is judged, spent or written again")
    func report() async throws {
        let done = house.spool.done
        let job = try #require(try await crash(.before) { $0 == .rename && $1.parent == done })
        #expect(try job.verdictReport()?.verdict == .accepted)
        let report = try DurableFile.read(job.report)
        // Whatever a gate of today says: the verdict is given.
        let backend = StubBackend()
        try await house.start(backend, .test { $0.gates = .checked(GatePolicy(mustMatch: "never")) })
        #expect(
            try backend.sent.isEmpty && DurableFile.read(house.only("done").path.appending("report.json")) == report)
    }

    @Test("the first rename of a split: the second follows")
    func split() async throws {
        try DurableFile.remove(house.spool.inbox.appending("a.jsonl"))
        try house.drop([line("m"), line("n", model: "n")])
        let done = house.spool.done
        let script: StubBackend.Script = { $0.model == "m" ? .good($0) : .text("no") }
        _ = try await crash(.before, at: 0, .test(), script) { $0 == .rename && $1.parent == done }
        #expect(try house.names("done").isEmpty && house.names("rejected").count == 1)
        let backend = StubBackend(script)
        try await house.start(backend)
        #expect(try backend.sent.isEmpty && house.only("done").ids("output.jsonl") == ["m"])
        #expect(try house.only("rejected").ids("output.jsonl") == ["n"])
    }

    @Test("a torn line of the machine's last moment: it is cut, and what it told of was in flight")
    func torn() async throws {
        try DurableFile.remove(house.spool.inbox.appending("a.jsonl"))
        try house.drop([lines[0]])
        let job = try #require(
            try await crash(.before) { $0 == .fdatasync && $1.lastNameBytes.elementsEqual("0001.jsonl".utf8) })
        let whole = try DurableFile.read(job.shard(1)) ?? []
        #expect(try ShardFile.read(job.shard(1)).entries.count == 1)
        try DurableFile.publish(Array(whole.dropLast(20)), to: job.shard(1))
        let backend = StubBackend()
        try await house.start(backend)
        let done = try house.only("done")
        #expect(try backend.sent.count == 1 && done.ids("output.jsonl") == ["p1"])
        #expect(try done.money("cost", "unknown_usd") == worstCase(of: lines[0]).usd)
        #expect(try house.book().unknown.usd == worstCase(of: lines[0]).usd)
    }
}

extension GatePolicy {
    init(mustMatch: String) {
        self.init()
        checks.mustMatch = [mustMatch]
        canaryLines = 0
    }
}
