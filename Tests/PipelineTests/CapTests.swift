import BatchCore
import DurableFiles
import Glibc
import Pipeline
import Spooling
import SystemPackage
import TestSupport
import Testing

@Suite("Spent, reserved and unknown never exceed the cap, and freed money is used at once", .timeLimit(.minutes(6)))
struct CapTests {
    private let house: TestHouse
    private let lines = (100..<200).map { line("p\($0)") }

    init() throws {
        house = try TestHouse()
    }

    private func policies(worstCases: Int, _ change: (inout Policies) -> Void = { _ in }) throws -> Policies {
        let worst = try worstCase(of: lines[0])
        return .test {
            $0.budget.day = Cap(usd: worstCases * worst.usd)
            $0.lane.concurrency = 64
            $0.lane.shardLines = 20
            change(&$0)
        }
    }

    @Test("64 slots and a cap for 50 worst cases: 50 in flight, and what they free is used while the rest is in flight")
    func inFlight() async throws {
        let policies = try policies(worstCases: 50)
        try house.drop(lines)
        let backend = StubBackend { .held(answer("Echo \($0.prompt)")) }
        try await house.withDaemon(backend, policies) { dispatcher in
            #expect(await eventually { backend.heldCount == 50 })
            dispatcher.send(.tick)
            let book = try house.book(nil, policies.budget)
            #expect(book.reserved == book.committed && book.reserved.usd == book.cap.usd)
            backend.release()
            try await house.wait(for: "done")
        }
        #expect(backend.mostInFlight == 50 && backend.sent.count == 100)
        let done = try house.only("done")
        #expect(done.verdict == "accepted" && done.count("lines", "answered") == 100)
        #expect(house.events.count("job.parked") == 0, "nothing was refused that only had to wait")
        #expect(try house.book(nil, policies.budget).reserved.isZero)
    }

    @Test("what cannot be paid is parked with its sum, and goes on when the cap is raised")
    func raised() async throws {
        let policies = try policies(worstCases: 3)
        let needed = Money(picodollars: 100 * 20_000_000)
        try house.drop(lines)
        let backend = StubBackend()
        let (end, dispatcher) = try await house.start(backend, policies)
        #expect(end == .idle(parked: 1))
        let refusal = try await dispatcher.firstParked().refusal
        #expect(refusal.needed == (try worstCase(of: lines[0])))
        let job = try #require(try house.spool.jobs().first)
        let state = try #require(try house.spool.job(job).state())
        #expect(state.phase == .parked && state.reason.contains("worst case > "), "\(state.reason)")
        #expect(house.events.count("budget.exhausted") == 1)
        let before = backend.sent.count
        #expect(before > 3 && before < 100)
        try await house.withDaemon(backend, policies) { dispatcher in
            #expect(await eventually { await !dispatcher.parkedJobs.isEmpty })
            #expect(backend.sent.count == before, "it asks again, and nothing is sent")
            _ = try house.spool.ask(.raise(needed + needed, on: house.today), name: "raise")
            dispatcher.send(.tick)
            try await house.wait(for: "done")
        }
        #expect(backend.sent.count == 100)
        #expect(try house.only("done").count("lines", "answered") == 100)
    }

    @Test("when the day turns, parked work goes on under the new day's cap")
    func dayTurns() async throws {
        let policies = try policies(worstCases: 3)
        try house.drop(lines)
        let backend = StubBackend()
        try await house.withDaemon(backend, policies) { dispatcher in
            #expect(await eventually { await !dispatcher.parkedJobs.isEmpty })
            let today = backend.sent.count
            house.clock.advance(by: .seconds(15 * 3600))
            dispatcher.send(.tick)
            #expect(await eventually { backend.sent.count > today })
            #expect(
                await eventually { await !dispatcher.parkedJobs.isEmpty },
                "\(today) sent on the first day, \(backend.sent.count) by now")
        }
        let first = try house.book(CivilDate("2026-11-24"), policies.budget)
        let second = try house.book(CivilDate("2026-11-25"), policies.budget)
        #expect(first.spent.usd + second.spent.usd == Money(picodollars: Int128(backend.sent.count) * 20_000_000))
        #expect(first.reserved.isZero && second.reserved.isZero && !second.spent.isZero)
    }

    @Test(
        "when_exhausted = reject: what cannot be paid is refused, once nothing that is reserved can be freed any more")
    func rejected() async throws {
        let policies = try policies(worstCases: 3) {
            $0.budget.whenExhausted = .reject
            $0.lane.shardLines = 200
        }
        try house.drop(lines)
        let backend = StubBackend()
        let (end, _) = try await house.start(backend, policies)
        #expect(end == .idle(parked: 0))
        // Shards of which nothing could be paid are rejected, those of which a part could are not.
        let parts = try house.finished("done") + house.finished("rejected")
        #expect(parts.map(\.verdict) == ["split", "split"])
        #expect(parts[0].count("lines", "answered") == backend.sent.count)
        #expect(parts[0].count("lines", "refused") == 100 - backend.sent.count)
        #expect(try Set(parts.flatMap { try $0.codes() }) == ["budget_exhausted"])
        #expect(try parts[1].ids("reprocess.jsonl") == parts.flatMap { try $0.ids("errors.jsonl") }.sorted())
    }

    @Test("when_exhausted = reject: a request that cannot be paid takes no smaller one of its shard with it")
    func rejectedAlone() async throws {
        let (before, big) = (line(String(repeating: "y", count: 2000)), line(String(repeating: "x", count: 2000)))
        let second = [big] + lines[1...4]
        let sum = try second.map { try worstCase(of: $0).usd }.reduce(.zero, +)
        let policies = try policies(worstCases: 0) {
            $0.budget.day = Cap(usd: sum)
            $0.budget.whenExhausted = .reject
        }
        let backend = StubBackend { .now(answer("Echo", promptTokens: $0.prompt.hasPrefix("y") ? 1900 : 10)) }
        try house.drop([before], as: "first.jsonl")
        try await house.start(backend, policies)
        try house.drop(second, as: "second.jsonl")
        try await house.start(backend, policies)
        #expect(backend.sent.count == 5, "the four small ones are sent")
        let parts = try (house.finished("done") + house.finished("rejected")).filter { $0.job.stem == "second" }
        #expect(parts.first?.count("lines", "answered") == 4 && parts.first?.count("lines", "refused") == 1)
    }

    @Test("a request that no day can pay for is refused at once, and rejects no file")
    func forever() async throws {
        let big = line(String(repeating: "x", count: 2000))
        let policies = try policies(worstCases: 4)
        try house.drop([lines[0], big])
        let backend = StubBackend()
        try await house.start(backend, policies)
        let done = try house.only("done")
        #expect(try done.codes() == ["exceeds_cap"] && done.ids("output.jsonl") == ["p100"])
        #expect(try !done.files.contains("reprocess.jsonl"), "dropped again it would be refused again")
    }

    @Test("a route goes on with its next model where the first has no money left, and parks when none has")
    func route() async throws {
        let routed = (100..<200).map { line("p\($0)", model: "r") }
        var policies = try policies(worstCases: 1000)
        policies.catalogue.routes = ["r": Route(name: "r", models: ["m", "n"])]
        let worst = try worstCase(of: routed[0], policies)
        policies.budget.models = ["m": Cap(usd: 2 * worst.usd), "n": Cap(usd: 3 * worst.usd)]
        try house.drop(routed)
        let backend = StubBackend()
        let (end, dispatcher) = try await house.start(backend, policies)
        #expect(end == .idle(parked: 1))
        let refusal = try await dispatcher.firstParked().refusal
        #expect(refusal.scope == .model("n"))
        let sent = Dictionary(grouping: backend.sent, by: \.model).mapValues(\.count)
        let book = try house.book(nil, policies.budget)
        let actual = Money(picodollars: 20_000_000)
        for (model, cap) in [("m", 2), ("n", 3)] {
            let spent = book.shares[.model(model)]?.usd
            #expect(spent == (sent[model] ?? 0) * actual, "\(model)")
            #expect(spent.map { $0 <= cap * worst.usd && $0 + worst.usd > cap * worst.usd } == true, "\(model)")
        }
    }

    @Test("the cap of a user holds for the files of that user")
    func uid() async throws {
        let policies = try policies(worstCases: 1000) {
            $0.budget.everyUID = Cap(usd: $0.budget.day.usd.map { $0.scaledUp(by: 3, over: 1000) })
        }
        try house.drop(lines)
        let (end, dispatcher) = try await house.start(StubBackend(), policies)
        #expect(end == .idle(parked: 1))
        let (refusal, request) = try await dispatcher.firstParked()
        #expect(refusal.scope == .uid(getuid()) && request.uid == getuid())
    }

    @Test("parked jobs go on in the order of their deadlines, as far as the money goes")
    func order() async throws {
        let big = (0..<3).map { line("b\($0)" + String(repeating: "x", count: 200)) }
        let worst = try worstCase(of: big[0])
        let policies = try policies(worstCases: 0) {
            $0.budget.day = Cap(usd: worst.usd)
            var urgent = $0.lane
            urgent.name = "urgent"
            urgent.deadline = .seconds(60)
            $0.lanes["urgent"] = urgent
        }
        let backend = StubBackend { sent in
            .now(answer("Echo \(sent.prompt)", promptTokens: worst.tokens / 2))
        }
        try house.drop([big[0]], as: "first.jsonl")
        try await house.start(backend, policies)
        for (name, lane) in [("a", nil), ("b", "urgent")] {
            try house.drop([big[name == "a" ? 1 : 2]], as: "\(name).jsonl", lane: lane)
            try await house.start(backend, policies)
        }
        let before = backend.sent.count
        try await house.withDaemon(backend, policies) { dispatcher in
            #expect(await eventually { await dispatcher.parkedJobs.count == 2 })
            house.clock.advance(by: .seconds(15 * 3600))
            dispatcher.send(.tick)
            #expect(await eventually { backend.sent.count > before })
        }
        let next = backend.prompts.dropFirst(before).first
        #expect(next?.hasPrefix("b2") == true, "the urgent one, claimed last")
        let resumed = house.events.count("job.resumed")
        #expect(resumed == 1, "the day pays for one of them")
    }

    @Test("the cap of a job holds for the job alone")
    func jobCap() async throws {
        let policies = try policies(worstCases: 1000) {
            $0.budget.job = Cap(usd: $0.budget.day.usd.map { $0.scaledUp(by: 3, over: 1000) })
        }
        try house.drop(lines, as: "large.jsonl")
        try house.drop([line("q1")], as: "small.jsonl")
        let (end, dispatcher) = try await house.start(StubBackend(), policies)
        #expect(end == .idle(parked: 1))
        #expect(try house.only("done").job.stem == "small")
        let refusal = try await dispatcher.firstParked().refusal
        #expect("\(refusal)".hasPrefix("the cap of a job cannot pay"))
    }
}

extension Dispatcher {
    /// What the first of the parked jobs waits for, which is money.
    fileprivate func firstParked() throws -> (refusal: BudgetRefusal, request: ReservationRequest) {
        guard case .budget(let refusal, let request)? = parkedJobs.values.first else {
            throw Unexpected("it is not parked for its budget")
        }
        return (refusal, request)
    }
}
