import BatchCore
import DurableFiles
import Glibc
import Pipeline
import Spooling
import Synchronization
import SystemPackage
import TestSupport
import Testing

@Suite("One arrival that is not ready keeps no other from its turn", .timeLimit(.minutes(6)))
struct ArrivalTests {
    private let house: TestHouse
    private let backend = StubBackend()

    init() throws {
        house = try TestHouse()
    }

    private var nightly: Policies {
        .test { policies in
            var lane = policies.lane
            lane.name = "nightly"
            policies.lanes["nightly"] = lane
        }
    }

    private func reason(_ name: String, _ dispatcher: Dispatcher) async -> String? {
        await dispatcher.waitingArrivals.first { $0.arrival.printableName == name }?.reason
    }

    /// The renames that claim a file of this stem.
    private func claims(of stem: String, _ fault: @escaping @Sendable () -> FileFault) -> FileFaults {
        FileFaults(under: house.spool.processing) { operation, path in
            let isMeant =
                operation == .rename && path.lastNameBytes.elementsEqual("delivered".utf8)
                && path.parent.lastNameBytes.starts(with: "\(stem).".utf8)
            return isMeant ? fault() : nil
        }
    }

    private func tries(_ faults: FileFaults) -> Int {
        faults.calls.count { $0.operation == .rename && $0.path.lastNameBytes.elementsEqual("delivered".utf8) }
    }

    @Test("a file that is closed to us waits with a reason, and is claimed once it is opened")
    func unreadable() async throws {
        try house.drop([line("a")], as: "closed.jsonl")
        try house.drop([line("b")], as: "open.jsonl")
        let faults = FileFaults(under: house.spool.inbox.appending("closed.jsonl")) { operation, _ in
            operation == .open ? .error(EACCES) : nil
        }
        let (end, dispatcher) = try await house.start(backend)
        #expect(end == .idle(parked: 0))
        #expect(await reason("closed.jsonl", dispatcher)?.contains("EACCES") == true)
        #expect(try house.only("done").job.stem == "open" && house.names("inbox") == ["closed.jsonl"])
        faults.remove()
        try await house.start(backend)
        #expect(try house.names("done").count == 2)
    }

    @Test("what its producer exchanges or takes away while it is claimed is no trouble of the house")
    func takenAway() async throws {
        try house.drop([line("a")])
        let path = house.spool.inbox.appending("a.jsonl")
        // A directory of his own stood there for a moment: it may not be moved, and is gone.
        let faults = claims(of: "a") {
            unlink(path.string)
            return .error(EACCES)
        }
        defer { faults.remove() }
        try await house.withDaemon(backend) { dispatcher in
            #expect(await eventually { tries(faults) > 0 })
            try house.drop([line("b")], as: "b.jsonl")
            dispatcher.send(.scan)
            try await house.wait(for: "done")
            #expect(!dispatcher.isHalted)
        }
        #expect(try house.only("done").job.stem == "b" && house.names("processing").isEmpty)
    }

    @Test("one that cannot be moved is tried again in its turn, and not without a pause")
    func unmovable() async throws {
        try house.drop([line("a")])
        let faults = claims(of: "a") { .error(EPERM) }
        defer { faults.remove() }
        try await house.withDaemon(backend) { dispatcher in
            #expect(await eventually { tries(faults) > 0 })
            try house.drop([line("b")], as: "b.jsonl")
            dispatcher.send(.scan)
            try await house.wait(for: "done")
            #expect(await eventually { await reason("a.jsonl", dispatcher)?.contains("EPERM") == true })
            // Each is a claim with its fsyncs.
            let (begun, before) = (ContinuousClock.now, tries(faults))
            for _ in 0..<100 {
                let turns = dispatcher.turns.load(ordering: .relaxed)
                dispatcher.send(.wake)
                #expect(await eventually { dispatcher.turns.load(ordering: .relaxed) > turns })
            }
            let seconds = Int((ContinuousClock.now - begun).components.seconds)
            #expect(tries(faults) - before <= seconds + 2, "one a second")
        }
    }

    @Test("a manifest that is exchanged while its file is claimed stays, and the file is done")
    func manifestExchanged() async throws {
        try house.drop("", as: "a.jsonl.done")
        try house.drop([line("a")])
        let faults = FileFaults(under: house.spool.inbox) { operation, path in
            operation == .unlink && path.lastNameBytes.elementsEqual("a.jsonl.done".utf8) ? .error(EISDIR) : nil
        }
        defer { faults.remove() }
        try await house.start(backend)
        #expect(try house.only("done").job.stem == "a" && faults.count(.unlink) == 1)
    }

    @Test("a manifest that is no file makes its file wait", arguments: ["sha256", "done"])
    func manifest(ending: String) async throws {
        try house.drop([line("a")])
        try house.drop([line("b")], as: "b.jsonl")
        _ = try DurableFile.makeDirectory(house.spool.inbox.appending("a.jsonl.\(ending)"))
        let (_, dispatcher) = try await house.start(backend)
        if ending == "sha256" { #expect(await reason("a.jsonl", dispatcher)?.hasPrefix("it cannot be read") == true) }
        #expect(try house.names("done").contains { $0.hasPrefix("b.") })
    }

    @Test("something that is no directory under the name of a lane", arguments: ["file", "link"])
    func lane(kind: String) async throws {
        let path = house.spool.inbox.appending("nightly")
        if kind == "file" {
            try house.drop("", as: "nightly")
        } else {
            symlink("/", path.string)
        }
        try house.drop([line("a")])
        let (_, dispatcher) = try await house.start(backend, nightly)
        #expect(try house.names("done").count == 1)
        #expect(await reason("nightly", dispatcher) == "its name does not end in .jsonl: rename it")
    }

    @Test("a lane that cannot be looked into")
    func closedLane() async throws {
        try house.drop([line("a")])
        try house.drop([line("b")], as: "b.jsonl", lane: "nightly")
        let faults = FileFaults(under: house.spool.inbox.appending("nightly")) { operation, _ in
            operation == .open ? .error(EACCES) : nil
        }
        let (_, dispatcher) = try await house.start(backend, nightly)
        faults.remove()
        #expect(try house.names("done").count == 1)
        #expect(await reason("nightly", dispatcher)?.contains("EACCES") == true)
        try await house.start(backend, nightly)
        let lanes = try house.finished("done").map { $0.report["lane"]?.string }
        #expect(Set(lanes) == ["default", "nightly"])
    }

    @Test("a lane that is exchanged for a link to notices while a file waits in it")
    func exchanged() async throws {
        let inbox = house.spool.inbox
        let notices = house.spool.outbox.appending("notices.jsonl")
        try DurableFile.publish(Array("a notice\n".utf8), to: notices, durable: false)
        try house.drop([line("a")], as: "notices.jsonl", lane: "nightly")
        let writer = open(inbox.appending("nightly").appending("notices.jsonl").string, O_WRONLY | O_APPEND)
        defer { close(writer) }
        try await house.withDaemon(backend, nightly) { dispatcher in
            #expect(await eventually { await reason("notices.jsonl", dispatcher) == "a writer still has it open" })
            #expect(rename(inbox.appending("nightly").string, inbox.appending(".x").string) == 0)
            #expect(symlink("../outbox", inbox.appending("nightly").string) == 0)
            dispatcher.send(.look(directory: inbox.appending("nightly"), name: Array("notices.jsonl".utf8)))
            dispatcher.send(.scan)
            #expect(await eventually { await reason("nightly", dispatcher) != nil })
            let turns = dispatcher.turns.load(ordering: .relaxed)
            #expect(await eventually { dispatcher.turns.load(ordering: .relaxed) > turns + 3 })
            #expect(await reason("notices.jsonl", dispatcher) == nil)
        }
        #expect(try DurableFile.read(notices) == Array("a notice\n".utf8) && house.names("rejected").isEmpty)
    }

    @Test("a claimed file that a writer has opened again keeps neither the start nor the others waiting")
    func writer() async throws {
        // Killed before the snapshot: the claim is there, and nothing else.
        try house.drop([line("a")])
        let crash = Crash(under: house.directory.path, at: 0) { operation, path in
            operation == .rename && path.lastNameBytes.elementsEqual("input.jsonl".utf8)
        }
        await #expect(throws: (any Error).self) { try await house.start(backend) }
        crash.end()
        let job = try #require(try house.spool.jobs().first)
        let writer = open(house.spool.job(job).delivered.string, O_WRONLY | O_APPEND)
        #expect(writer >= 0)
        try house.drop([line("b")], as: "b.jsonl")
        try await house.withDaemon(backend, .test()) { _ in
            try await house.wait(for: "done")
            #expect(try house.only("done").job.stem == "b")
            let state = try house.spool.job(job).state()
            #expect(state?.phase == .claimed && state?.reason == "a writer still has it open")
            let more = line("more") + "\n"
            #expect(write(writer, more, more.utf8.count) == more.utf8.count)
            close(writer)
            try await house.wait(for: "done", 2)
        }
        #expect(try house.finished("done").first { $0.job == job }?.ids("output.jsonl") == ["a", "more"])
    }

    @Test("they are claimed in the order of their names, and each name is looked at once")
    func order() async throws {
        for number in 100..<140 { try house.drop([line("p\(number)")], as: "\(number).jsonl") }
        for _ in 0..<3 { try await house.start(backend) }
        let claims = house.events.all.filter { $0.hasPrefix("job.claimed") }
        #expect(claims.count == 40 && backend.sent.count == 40)
        #expect(claims.prefix(8).allSatisfy { $0.contains("name=10") || $0.contains("name=11") }, "\(claims.prefix(8))")
    }

    @Test("names of any bytes: kept in the report, never in a path")
    func names() async throws {
        let names: [[UInt8]] = [
            Array("ü.jsonl".utf8), [0xFF, 0x0A] + Array(".jsonl".utf8), Array("a b;rm -rf.jsonl".utf8),
            Array("-flag.jsonl".utf8), Array(repeating: UInt8(ascii: "x"), count: 249) + Array(".jsonl".utf8),
        ]
        for name in names {
            try DurableFile.publish(
                Array((line("a") + "\n").utf8), to: house.spool.inbox.appending(nameBytes: name), durable: false)
        }
        try await house.start(backend)
        let reported = try house.finished("done").map { $0.report["name"]?.string ?? "" }
        #expect(Set(reported) == Set(names.map { PercentName.escape($0) }))
        #expect(try house.finished("done").allSatisfy { $0.job.stem == "job" })
        #expect(backend.sent.count == 1, "they all ask for the same")
    }

    @Test("what no one may claim stays where it is, with its reason")
    func never() async throws {
        let inbox = house.spool.inbox
        for name in [".hidden.jsonl", "a.jsonl.tmp", "a.part", "a.filepart", "a.jsonl~"] {
            try house.drop("x", as: name)
        }
        for name in ["b.csv", ".jsonl"] { try house.drop("x", as: name) }
        mkfifo(inbox.appending("fifo.jsonl").string, 0o600)
        symlink("b.csv", inbox.appending("link.jsonl").string)
        try house.drop([line("h")], as: "hard.jsonl")
        _ = try DurableFile.link(inbox.appending("hard.jsonl"), to: house.directory.path.appending("other"))
        _ = try DurableFile.makeDirectory(inbox.appending("d.jsonl"))
        let before = try house.names("inbox")
        let (end, dispatcher) = try await house.start(backend)
        #expect(try end == .idle(parked: 0) && house.names("inbox") == before && house.names("processing").isEmpty)
        let reasons = await dispatcher.waitingArrivals.map { "\($0.arrival.printableName): \($0.reason)" }.sorted()
        #expect(
            reasons == [
                "b.csv: its name does not end in .jsonl: rename it",
                "d.jsonl: it is a directory that is no lane of bobbin.toml",
                "fifo.jsonl: it is a fifo, not a regular file: remove it",
                "hard.jsonl: it has 2 names (hard links): remove the others",
                "link.jsonl: it is a symlink, not a regular file: remove it",
            ])
    }

    @Test("a file with a writer waits, and an empty one gets time for its content")
    func writing() async throws {
        let path = house.spool.inbox.appending("a.jsonl")
        try house.drop([line("a")])
        let writer = open(path.string, O_WRONLY | O_APPEND)
        let (_, dispatcher) = try await house.start(backend)
        #expect(await reason("a.jsonl", dispatcher) == "a writer still has it open")
        close(writer)
        try await house.start(backend)
        #expect(try house.names("done").count == 1)
        try house.drop("", as: "empty.jsonl")
        let patient = Policies.test { $0.lane.settle = .seconds(3600) }
        try await house.withDaemon(backend, patient) { dispatcher in
            #expect(await eventually { await reason("empty.jsonl", dispatcher) == "it is empty so far" })
        }
        try await house.start(backend, .test { $0.lane.settle = .milliseconds(20) })
        #expect(try house.only("rejected").reason == "there is no request in it")
    }

    @Test("a lane that wants a manifest waits for it")
    func manifestRequired() async throws {
        let policies = Policies.test { $0.lane.manifestRequired = true }
        try house.drop([line("a")])
        try await house.start(backend, policies)
        #expect(try house.names("inbox") == ["a.jsonl"])
        try house.drop("", as: "a.jsonl.done")
        try await house.start(backend, policies)
        #expect(try house.only("done").job.stem == "a")
    }
}
