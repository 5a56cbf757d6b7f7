import Backends
import BatchCore
import DurableFiles
import Gates
import Pipeline
import Spooling
import Synchronization
import SystemPackage
import TestSupport
import Testing

@Suite("A shard is loaded only after a judge has let a sample of it pass", .timeLimit(.minutes(6)))
struct SampleTests {
    private let house: TestHouse
    private let lines = (100..<140).map { line("p\($0)") }
    private let size = SamplingPlan(SamplePolicy(), lot: 40).largestSample

    init() throws {
        house = try TestHouse()
    }

    private func start(
        _ judge: StubJudge, _ policies: Policies = .judged(), _ backend: StubBackend = StubBackend()
    ) async throws -> DispatcherEnd {
        try await house.start(backend, policies) { $0.judge = judge }.end
    }

    @Test("accepted: each answer of the sample is asked about once, and the report says how many")
    func accepted() async throws {
        try house.drop(lines)
        let judge = StubJudge()
        _ = try await start(judge)
        let done = try house.only("done")
        #expect(judge.asked.count == size && Set(judge.ids).count == size && size < 40)
        let sample = done.report["shards"]?.array?.first?["sample"]
        #expect(sample?["sampled"]?.int == size && sample?["defective"]?.int == 0)
        #expect(sample?["plan"]?.string == "single: \(size) of 40, accepted with no defect")
        let first = try #require(judge.asked.first)
        let id = try #require(first.customID)
        #expect(first.text == "Echo \(id)" && first.url == "/v1/chat/completions")
        let request = try JSONValue(parsing: first.request)
        #expect(request["messages"]?.array?.first?["content"]?.string == id)
        #expect(try JSONValue(parsing: first.response)["object"]?.string == "chat.completion")
    }

    @Test("who is asked about follows from the job and the shard alone, so that a verdict can be reproduced")
    func reproducible() async throws {
        for name in ["a.jsonl", "b.jsonl"] {
            let lines = (100..<180).map { line("\(name)\($0)") }
            try house.drop(lines, as: name)
            let judge = StubJudge()
            _ = try await start(judge)
            let stem = String(name.prefix(1))
            let job = try #require(try house.finished("done").first { $0.job.stem == stem }).job.name
            let expected = [1, 2].flatMap { shard in
                LotInspection(SamplePolicy(), lot: 40, seed: LotInspection.seed(job: job, shard: shard)).next
                    .map { "\(name)\(100 + 40 * (shard - 1) + $0)" }
            }
            #expect(judge.ids.sorted() == expected.sorted() && expected.count == 2 * size)
        }
    }

    @Test("rejected: whatever the checks have said")
    func rejected() async throws {
        try house.drop(lines)
        _ = try await start(StubJudge { _ in .fail(reason: "it is wrong") })
        let rejected = try house.only("rejected")
        let reason = "shard 1: \(size) of \(size) sampled answers did not pass the judge"
        #expect(rejected.verdict == "rejected" && rejected.reason.hasPrefix(reason))
        #expect(try rejected.ids("reprocess.jsonl").count == 40 && house.names("done").isEmpty)
        // Nobody is given an answer of a rejected shard.
        let again = StubBackend()
        try house.drop(lines + [line("one more")], as: "again.jsonl")
        _ = try await start(StubJudge(), .judged(), again)
        #expect(again.prompts == ["one more"])
    }

    @Test("a failing answer of an accepted shard is a defect, like one that a check has found")
    func defect() async throws {
        try house.drop(lines)
        let policies = Policies.judged { ($0.sample.statedAcceptable, $0.sample.rejectable) = (0.1, 0.5) }
        let judge = StubJudge()
        _ = try await start(judge, policies)
        let sampled = try #require(judge.ids.first)
        // The order follows from the job: the same file under another name is sampled anew, and asked anew.
        let strict = StubJudge { [count = Count()] _ in count.next() == 0 ? .fail(reason: "it is rude") : .pass }
        try house.drop((200..<240).map { line("p\($0)") }, as: "b.jsonl")
        _ = try await start(strict, policies)
        let done = try #require(try house.finished("done").first { $0.job.stem == "b" })
        let bad = try #require(strict.ids.first)
        #expect(try done.codes() == ["defective_answer"] && done.ids("reprocess.jsonl") == [bad])
        #expect(try !done.ids("output.jsonl").contains(bad) && sampled != bad)
        #expect(
            try done.lines("errors.jsonl").first?["error"]?["message"]?.string?.contains("judge: it is rude") == true)
        let shard = done.report["shards"]?.array?.first
        #expect(shard?["defects"]?.int == 1 && shard?["sample"]?["defective"]?.int == 1)
        // What the checks know of all and what the judge says of its sample are two estimates.
        #expect(shard?["estimate"]?["rate"]?.double == 0 && shard?["sample"]?["lot"]?.int == 40)
        #expect(shard?["sample"]?["sampled"]?.int == 9, "the plan that the figures below are of")
        let estimate = shard?["sample"]?["estimate"]
        func isNear(_ name: String, _ value: Double) -> Bool { abs((estimate?[name]?.double ?? -1) - value) < 1e-6 }
        #expect(isNear("rate", 1.0 / 9) && isNear("confidence", 0.95))
        // scipy.stats: hypergeom.sf(0, 40, K, 9) > 0.025 and hypergeom.cdf(1, 40, K, 9) > 0.025, K of 40; beta.ppf.
        #expect(isNear("low", 0.025) && isNear("high", 0.425))
        #expect(isNear("process_low", 0.002809) && isNear("process_high", 0.482497))
        let page = try done.text("report.html").replacing("\u{A0}", with: " ")
        #expect(page.contains("The judge looked at 9 of 40 answers that passed the checks; 1 did not pass: 11.1 %."))
        #expect(page.contains("0 of 40 checked answers are defective by the checks: 0 %."))
    }

    @Test("only answers that passed the checks are asked about, and none of a shard that they reject")
    func afterChecks() async throws {
        try house.drop(lines)
        let judge = StubJudge()
        _ = try await start(judge, .judged(), StubBackend { $0.prompt == "p105" ? .text("no") : .good($0) })
        #expect(!judge.ids.contains("p105") && !judge.ids.isEmpty)
        try house.drop((200..<240).map { line("p\($0)") }, as: "b.jsonl")
        let none = StubJudge()
        _ = try await start(none, .judged(), StubBackend { _ in .text("no") })
        #expect(none.asked.isEmpty)
        #expect(try house.only("rejected").job.stem == "b")
    }

    @Test("reused answers are judged by today's judge")
    func reused() async throws {
        try house.drop(lines)
        _ = try await start(StubJudge())
        try house.drop(lines, as: "b.jsonl")
        let backend = StubBackend()
        _ = try await start(StubJudge { _ in .fail(reason: "it is wrong") }, .judged(), backend)
        #expect(backend.sent.isEmpty)
        #expect(try house.only("rejected").job.stem == "b")
    }

    @Test("a shard is not accepted on verdicts that are missing, nor rejected for them: the job waits, and says why")
    func noVerdict() async throws {
        try house.drop(lines)
        let broken = StubJudge { _ in .none(because: "it took longer than 10 seconds") }
        let end = try await start(broken)
        #expect(end == .idle(parked: 1) && broken.asked.count <= 2)
        let state = try #require(try house.spool.jobs().first.flatMap { try house.spool.job($0).state() })
        #expect(state.phase == .parked && state.reason.contains("the judge /judge gives no verdict on line"))
        #expect(state.reason.contains("it took longer than 10 seconds"))
        #expect(state.resumesAt == house.clock.now + .seconds(60))
        let backend = StubBackend()
        _ = try await start(StubJudge(), .judged(), backend)
        #expect(backend.sent.isEmpty)
        let done = try house.only("done")
        #expect(done.count("parked", "times") == 1 && done.count("lines", "answered") == 40)
    }

    @Test("what has a verdict on disk is not asked about again, what another judge has said does not count")
    func durable() async throws {
        try house.drop(lines)
        let failing = StubJudge { [count = Count()] _ in count.next() < 5 ? .pass : .none(because: "it crashed") }
        _ = try await start(failing)
        let second = StubJudge { [count = Count()] _ in count.next() < 2 ? .pass : .none(because: "it crashed") }
        _ = try await start(second)
        let third = StubJudge()
        _ = try await start(third)
        #expect(third.asked.count == size - 7 && Set(third.ids).isDisjoint(with: Set(failing.ids.prefix(5))))
        #expect(try house.only("done").report["shards"]?.array?.first?["sample"]?["sampled"]?.int == size)
    }

    @Test("another judge is asked about everything")
    func otherJudge() async throws {
        try house.drop(lines)
        _ = try await start(StubJudge { [count = Count()] _ in count.next() < 5 ? .pass : .none(because: "no") })
        let other = StubJudge()
        _ = try await start(other, .judged(by: "/other"))
        #expect(other.asked.count == size)
    }

    @Test("killed at any write of a verdict: nobody is asked twice about what is on disk", arguments: [0, 1, 4])
    func killed(index: Int) async throws {
        try house.drop(lines)
        let policies = Policies.judged {
            var program = JudgeProgram(exec: ["/judge"], directory: "/")
            program.workers = 1
            $0.judge = .program(program)
        }
        let crash = Crash(under: house.directory.path, at: index, .after) { operation, path in
            operation == .write && path.string.hasSuffix(".judge.jsonl")
        }
        let first = StubJudge()
        await #expect(throws: (any Error).self) { _ = try await start(first, policies) }
        crash.end()
        let second = StubJudge()
        _ = try await start(second, policies)
        #expect(first.asked.count == index + 1)
        #expect(Set(first.ids).isDisjoint(with: second.ids) && first.asked.count + second.asked.count == size)
        #expect(try house.only("done").count("lines", "answered") == 40)
    }

    @Test("a judge that stands still holds up nobody else; it is asked again when its pause is over, or on a reload")
    func othersGoOn() async throws {
        let mended = Flag()
        let judge = StubJudge { _ in mended.isRaised ? .pass : .none(because: "it crashed") }
        var policies = Policies.judged()
        var lane = policies.lane
        lane.name = "plain"
        policies.lanes["plain"] = lane
        var gates = GatePolicies()
        gates.standard = policies.gates["default"].policy
        gates.byLane["plain"] = gates.standard
        gates.byLane["plain"]?.judge = nil
        policies.gates = try LaneGates(gates)
        var services = try house.services(StubBackend(), policies)
        services.judge = judge
        let dispatcher = Dispatcher(services: services, policies: policies, untilIdle: false)
        async let end = dispatcher.run()
        try house.drop(lines)
        dispatcher.send(.scan)
        #expect(await eventually { await dispatcher.parkedJobs.count == 1 })
        try house.drop((200..<240).map { line("p\($0)") }, as: "b.jsonl", lane: "plain")
        dispatcher.send(.scan)
        try await house.wait(for: "done")
        #expect(try house.only("done").job.stem == "b")
        mended.raise()
        house.clock.advance(by: .seconds(59))
        dispatcher.send(.tick)
        dispatcher.send(.reload(policies))
        dispatcher.send(.tick)
        try await house.wait(for: "done", 2)
        dispatcher.send(.stop)
        _ = try await end
        #expect(house.events.count("job.parked") == 1 && house.events.count("job.resumed") == 1)
    }

    @Test("a minute later it is asked again by itself")
    func minute() async throws {
        let mended = Flag()
        let judge = StubJudge { _ in mended.isRaised ? .pass : .none(because: "it crashed") }
        try house.drop(lines)
        var services = try house.services(StubBackend(), .judged())
        services.judge = judge
        let dispatcher = Dispatcher(services: services, policies: .judged(), untilIdle: false)
        async let end = dispatcher.run()
        #expect(await eventually { await dispatcher.parkedJobs.count == 1 })
        mended.raise()
        house.clock.advance(by: .seconds(60))
        try await house.wait(for: "done")
        dispatcher.send(.stop)
        _ = try await end
    }
}

/// How often something has happened so far.
private final class Count: Sendable {
    private let value = Atomic<Int>(0)
    func next() -> Int { value.add(1, ordering: .relaxed).oldValue }
}
