import BatchCore
import DurableFiles
import Glibc
import Spooling
import SystemPackage
import TestSupport
import Testing

@testable import Pipeline

@Suite("No user's files keep those of others waiting", .timeLimit(.minutes(6)))
struct UserShareTests {
    private let house: TestHouse

    init() throws {
        house = try TestHouse()
    }

    private func arrival(_ name: String) -> Arrival {
        Arrival(directory: house.spool.inbox, name: Array(name.utf8), lane: Lane.defaultName)
    }

    @Test("of each user one after the other, and each of a user in its order")
    func turns() {
        var turns = UserTurns()
        for number in 0..<5 { turns.add(arrival("a\(number)"), of: 1) }
        turns.add(arrival("b0"), of: 2)
        turns.add(arrival("b0"), of: 2)
        var names: [String] = []
        while let next = turns.next() {
            names.append(String(decoding: next.name, as: UTF8.self))
            if names.count == 3 { turns.add(arrival("c0"), of: 3) }
        }
        #expect(names == ["a0", "b0", "a1", "a2", "c0", "a3", "a4"])
        #expect(turns.isEmpty)
    }

    @Test("a thousand files of one user, and then one of another: it is among the first that are claimed")
    func claimed() async throws {
        try #require(getuid() == 0, "only root can hand a file to another user")
        for number in 0..<300 { try house.drop([line("p\(number)")], as: "a\(number).jsonl") }
        try house.drop([line("other")], as: "other.jsonl")
        #expect(chown(house.spool.inbox.appending("other.jsonl").string, 1, 1) == 0)
        try await house.start(StubBackend())
        let claimed = house.events.all.filter { $0.hasPrefix("job.claimed ") }
        let place = try #require(claimed.firstIndex { $0.contains("name=other.jsonl") })
        #expect(claimed.count == 301 && place < 64, "claimed as number \(place)")
    }

    @Test("no more jobs of a user than budget.toml allows: the rest waits with its reason, and comes by and by")
    func jobs() async throws {
        let backend = StubBackend { .held(answer("Echo \($0.prompt)")) }
        let policies = Policies.test { $0.budget.everyShare.jobs = 2 }
        for number in 0..<5 { try house.drop([line("p\(number)")], as: "a\(number).jsonl") }
        try await house.withDaemon(backend, policies) { dispatcher in
            #expect(await eventually { backend.heldCount == 2 })
            let reason = "uid \(getuid()) has 2 jobs in processing/, and budget.toml allows 2"
            #expect(await eventually { await dispatcher.waitingArrivals.count { $0.reason.hasPrefix(reason) } == 3 })
            #expect(backend.heldCount == 2)
            backend.release()
            try await house.wait(for: "done", 5)
        }
    }

    @Test("a claim whose snapshot waits has its part of the share, while it waits and while it is looked at")
    func late() async throws {
        try house.drop([line("p0")], as: "held.jsonl")
        let held = FileFaults(under: house.spool.processing) { operation, path in
            operation == .lease && path.lastNameBytes.elementsEqual("delivered".utf8) ? .error(EAGAIN) : nil
        }
        defer { held.remove() }
        let policies = Policies.test { $0.budget.everyShare.jobs = 1 }
        try await house.withDaemon(StubBackend(), policies) { dispatcher in
            #expect(await eventually { held.count(.lease) > 0 })
            try house.drop([line("p1")], as: "next.jsonl")
            // It is looked at again and again meanwhile.
            #expect(
                await eventually {
                    dispatcher.send(.scan)
                    dispatcher.send(.tick)
                    return held.count(.lease) > 3
                })
            #expect(
                await eventually {
                    await dispatcher.waitingArrivals.contains { $0.reason.contains("has 1 jobs in processing/") }
                })
            #expect(try house.spool.jobs().map(\.stem) == ["held"])
            held.remove()
            try await house.wait(for: "done", 2)
        }
    }

    @Test("nor more bytes; `--once` ends when all that was allowed one after the other is done")
    func bytes() async throws {
        for number in 0..<4 { try house.drop([line("p\(number)")], as: "a\(number).jsonl") }
        try house.drop((0..<3).map { line("q\($0)") }, as: "large.jsonl")
        let one = line("p0").utf8.count + 1
        let policies = Policies.test { $0.budget.shares[getuid()] = SpoolShare(bytes: one + one / 2) }
        let (_, dispatcher) = try await house.start(StubBackend(), policies)
        #expect(try house.spool.jobs(in: house.spool.done).count == 4)
        let waiting = await dispatcher.waitingArrivals
        #expect(waiting.count == 1 && waiting.first?.reason.hasSuffix("in processing/: deliver it in parts") == true)
    }
}
