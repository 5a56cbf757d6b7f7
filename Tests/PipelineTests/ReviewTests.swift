import BatchCore
import DurableFiles
import Gates
import Pipeline
import Spooling
import SystemPackage
import TestSupport
import Testing

@Suite("A job waits for a person, and what the person decided holds whatever happens to the process")
struct ReviewTests {
    private let lines = (1...8).map { line("m\($0)") }

    private func policies(_ change: (inout ConsequencePolicy) -> Void) -> Policies {
        .test(canary: 2) { policies in
            var gate = policies.gates["default"].policy
            change(&gate.consequences)
            policies.gates = .checked(gate)
        }
    }

    private var onRejection: Policies { policies { $0.rejected = .review } }

    /// The canary is not good enough.
    private static let script: StubBackend.Script = { sent in
        ["m1", "m2"].contains(sent.prompt) ? .text("no") : .good(sent)
    }

    private func directory(_ house: TestHouse) throws -> JobDirectory {
        let jobs = try house.spool.jobs()
        guard jobs.count == 1 else { throw Unexpected("\(jobs.count) jobs in processing/") }
        return house.spool.job(jobs[0])
    }

    /// Hands in as `bobbin gate review` does.
    private func submit(_ verdicts: [Int: Bool], to house: TestHouse) throws {
        let submission = ReviewSubmission.lines(
            verdicts.sorted { $0.key < $1.key }.map { ReviewVerdict(line: $0.key, passes: $0.value, note: "") })
        _ = try house.spool.ask(.review(try directory(house).id, submission), name: "review-1")
    }

    @Test("it is asked over the canary, the rest is not sent; another start asks the same")
    func parks() async throws {
        let house = try TestHouse()
        try house.drop(lines)
        let backend = StubBackend(Self.script)
        #expect(try await house.start(backend, onRejection).end == .idle(parked: 1))
        let asked = try directory(house).reviewRequest()
        #expect(asked?.shards.map(\.number) == [1] && asked?.lines.map(\.line) == [1, 2] && asked?.lot == nil)
        #expect(try directory(house).state()?.phase == .review)
        #expect(try await house.start(backend, onRejection).end == .idle(parked: 1))
        #expect(try directory(house).reviewRequest() == asked && backend.sent.count == 2)
        #expect(house.events.count("job.resumed") == 0)
    }

    @Test("where `[sample]` says how good is good, its plan says how many a person sees, and how many may be bad")
    func plan() async throws {
        let house = try TestHouse()
        try house.drop((1...200).map { line("m\($0)") })
        let policies = Policies.test { policies in
            var gate = policies.gates["default"].policy
            gate.consequences.review = .always
            gate.sample.statedAcceptable = 0.01
            gate.sample.plan = .sequential
            policies.gates = .checked(gate)
        }
        try await house.start(StubBackend(), policies)
        let asked = try directory(house).reviewRequest()
        var single = policies.gates["default"].policy.sample
        single.plan = .single
        let stage = SamplingPlan(single, lot: 200).stages[0]
        #expect(asked?.lines.count == stage.inspected && asked?.lot == .init(answers: 200, allowed: stage.acceptance))
        #expect(stage.inspected > 20 && stage.inspected < 100)
    }

    @Test("a stranger's verdicts, and those over other answers, are refused, and it waits on")
    func refused() async throws {
        let house = try TestHouse()
        try house.drop(lines)
        try await house.start(StubBackend(Self.script), onRejection)
        try submit([1: true, 3: true], to: house)
        #expect(try await house.start(StubBackend(Self.script), onRejection).end == .idle(parked: 1))
        #expect(try directory(house).reviewDecisions().isEmpty)
    }

    @Test(
        "killed at any step while it begins to wait: it waits for the same, and paid for nothing but what was in flight"
    )
    func killedBeforeTheDecision() async throws {
        var step = 0
        while true {
            let house = try TestHouse()
            try house.drop(Array(lines.prefix(4)))
            let isKilled = try await runKilled(at: step, house, policies { $0.review = .always }) { .good($0) }
            let next = StubBackend()
            try await house.start(next, policies { $0.review = .always })
            let asked = try directory(house).reviewRequest()
            #expect(asked?.lines.count == 4 && asked?.lot == .init(answers: 4, allowed: 0), "step \(step)")
            #expect(try house.book().reserved.isZero, "step \(step)")
            if !isKilled { break }
            step += 1
        }
        #expect(step > 5, "\(step)")
    }

    @Test("killed at any step of the decision: it is made once, and followed", .timeLimit(.minutes(5)))
    func killedWithTheDecision() async throws {
        var step = 0
        while true {
            let house = try TestHouse()
            try house.drop(Array(lines.prefix(4)))
            try await house.start(StubBackend(Self.script), onRejection)
            try submit([1: true, 2: true], to: house)
            let isKilled = try await runKilled(at: step, house, onRejection)
            try await house.start(StubBackend(Self.script), onRejection)
            let done = try house.only("done")
            #expect(done.verdict == "accepted" && done.report["reviews"]?.array?.count == 1, "step \(step)")
            #expect(try done.ids("output.jsonl") == (1...4).map { "m\($0)" }, "step \(step)")
            #expect(try house.book().reserved.isZero, "step \(step)")
            if !isKilled { break }
            step += 1
        }
        #expect(step > 5, "\(step)")
    }

    /// - Returns: false if the run ended before that step.
    private func runKilled(
        at step: Int, _ house: TestHouse, _ policies: Policies, _ script: @escaping StubBackend.Script = script
    ) async throws -> Bool {
        let crash = Crash(under: house.directory.path, at: step) { operation, path in
            // What a job does that asks nobody is killed elsewhere.
            KillMatrix.isStep(operation)
                && ["review", "control", "shards", "report.json"].contains { path.string.contains($0) }
        }
        defer { crash.end() }
        do {
            try await house.start(StubBackend(unless: { crash.isDead.isRaised }, script), policies)
        } catch {
            guard crash.isDead.isRaised else { throw error }
        }
        return crash.isDead.isRaised
    }
}
