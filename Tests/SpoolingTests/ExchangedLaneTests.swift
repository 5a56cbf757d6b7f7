import BatchCore
import DurableFiles
import Glibc
import Spooling
import Synchronization
import SystemPackage
import Testing

@Suite("Whatever has the name of a lane: nothing is claimed but what lies in the directory that was looked into")
struct ExchangedLaneTests {
    private let house: TestSpool
    private var spool: Spool { house.spool }
    private var lane: FilePath { spool.inbox.appending("nightly") }
    private let arrival: Arrival
    private let text = "the books\n"

    init() throws {
        house = try TestSpool()
        arrival = Arrival(
            directory: house.spool.inbox.appending("nightly"), name: Array("a.jsonl".utf8), lane: "nightly")
        try house.spool.prepareLane("nightly")
        try DurableFile.publish(Array("delivered\n".utf8), to: arrival.path, durable: false)
        try DurableFile.publish(Array(text.utf8), to: house.spool.budget.appending("a.jsonl"), durable: false)
        for ending in ["done", "sha256"] {
            try DurableFile.publish([], to: house.spool.budget.appending("a.jsonl.\(ending)"), durable: false)
        }
    }

    /// `mv inbox/nightly inbox/.x; ln -s ../budget inbox/nightly`
    private static func exchange(_ spool: Spool) {
        let lane = spool.inbox.appending("nightly")
        guard rename(lane.string, spool.inbox.appending(".x").string) == 0 else { return }
        symlink("../budget", lane.string)
    }

    private func isClaimed(_ facts: FileFacts) async throws -> Bool {
        let claim = try await spool.claim(
            arrival, seen: facts, expected: nil, as: house.id(of: arrival), at: house.time)
        return claim != nil
    }

    private func booksAreWhole() throws -> Bool {
        try house.text(spool.budget.appending("a.jsonl")) == text
            && house.names(spool.budget) == ["a.jsonl", "a.jsonl.done", "a.jsonl.sha256"]
    }

    @Test("a link is no lane: nothing is ready in it, and nothing is claimed")
    func link() async throws {
        Self.exchange(spool)
        var quiet: Quiet?
        #expect(try arrival.readiness(in: Lane(name: "nightly"), quiet: &quiet, now: .now) == .nothing)
        let facts = try #require(try FileFacts(at: spool.budget.appending("a.jsonl")))
        #expect(try await !isClaimed(facts) && booksAreWhole())
        var record = JobRecord(
            name: arrival.name, lane: "nightly", uid: 0, arrivedAt: house.time, claimedAt: house.time, sizeBytes: 0)
        record.manifests = ["\(facts.device).\(facts.inode).\(facts.changedNanoseconds)"]
        try spool.removeManifests(of: record)
        #expect(try booksAreWhole())
    }

    @Test("exchanged at any call of a claim: what is taken is what was looked at")
    func anyCall() async throws {
        let facts = try #require(try arrival.facts())
        var claimed = 0
        for call in 0..<40 {
            let house = try TestSpool()
            let spool = house.spool
            try spool.prepareLane("nightly")
            let arrival = Arrival(
                directory: spool.inbox.appending("nightly"), name: Array("a.jsonl".utf8), lane: "nightly")
            try DurableFile.publish(Array("delivered\n".utf8), to: arrival.path, durable: false)
            try DurableFile.publish([], to: arrival.directory.appending("a.jsonl.done"), durable: false)
            for name in ["a.jsonl", "a.jsonl.done"] {
                try DurableFile.publish(Array(text.utf8), to: spool.budget.appending(name), durable: false)
            }
            let counter = Counter()
            let faults = FileFaults(under: spool.root) { _, _ in
                if counter.next() == call { Self.exchange(spool) }
                return nil
            }
            var quiet: Quiet?
            let lane = Lane(name: "nightly")
            if case .ready(let facts, _) = try arrival.readiness(in: lane, quiet: &quiet, now: .now) {
                let claim = try await spool.claim(
                    arrival, seen: facts, expected: nil, as: house.id(of: arrival), at: house.time)
                let isClaimed = claim != nil
                if isClaimed {
                    claimed += 1
                    #expect(try house.text(spool.job(house.id(of: arrival)).delivered) == "delivered\n", "call \(call)")
                }
            }
            faults.remove()
            for name in ["a.jsonl", "a.jsonl.done"] {
                #expect(try house.text(spool.budget.appending(name)) == text, "\(name), call \(call)")
            }
        }
        #expect(facts.links == 1 && claimed > 10 && claimed < 40)
    }

    @Test("the daemon makes it as the inbox is, and leaves one that is there alone")
    func made() throws {
        let before = try FileFacts(at: lane)?.mode
        #expect(try before == FileFacts(at: spool.inbox)?.mode)
        #expect(chmod(spool.inbox.string, 0o3770) == 0)
        try spool.prepareLane("other")
        #expect(try FileFacts(at: spool.inbox.appending("other"))?.mode == 0o3770)
        try spool.prepareLane("nightly")
        #expect(try FileFacts(at: lane)?.mode == before)
        Self.exchange(spool)
        #expect(#expect(throws: FileError.self) { try spool.prepareLane("nightly") }?.code == ENOTDIR)
    }
}

/// 0, 1, 2, …
private final class Counter: Sendable {
    private let value = Atomic<Int>(0)
    func next() -> Int { value.add(1, ordering: .relaxed).oldValue }
}
