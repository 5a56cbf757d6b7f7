import Backends
import BatchCore
import DurableFiles
import Gates
import Pipeline
import Spooling
import TestSupport
import Testing

@Suite("Trouble with a model that judges costs no verdict, and nothing twice", .timeLimit(.minutes(6)))
struct JudgingTroubleTests {
    private let house: TestHouse
    private let lines = (100..<104).map { line("p\($0)") }

    init() throws {
        house = try TestHouse()
    }

    private func judged(_ verdict: @escaping @Sendable (StubBackend.Sent) -> StubBackend.Reply) -> StubBackend {
        StubBackend(JudgingModelTests.judging(verdict))
    }

    private func asked(_ backend: StubBackend) -> Int { backend.sent.count { $0.model == "j" } }

    private func state() throws -> JobState {
        let job = try #require(try house.spool.jobs().first)
        return try #require(try house.spool.job(job).state())
    }

    @Test("its server failed: it is asked again by itself, once a minute, and for nothing")
    func serverFailed() async throws {
        try house.drop(lines)
        try await house.start(judged { _ in .status(500) }, JudgingModelTests.policies())
        #expect(try state().reason.contains("status 500 in each of 4 attempts"))
        #expect(try state().reason.contains("asked again at 2026-11-24T10:01:00.000Z"))
        let healthy = judged { _ in JudgingModelTests.pass }
        try await house.start(healthy, JudgingModelTests.policies())
        #expect(try house.only("done").verdict == "accepted" && healthy.sent.count == lines.count)
        #expect(try BookCheck(house.spool, JudgingModelTests.policies()).differences == [])
    }

    @Test("its answers got lost: that was paid for, and it is asked again only when somebody says so")
    func lost() async throws {
        try house.drop(lines)
        try await house.start(judged { _ in .lost }, JudgingModelTests.policies())
        #expect(try state().reason.contains("asked again when the configuration is loaded again"))
        let healthy = judged { _ in JudgingModelTests.pass }
        try await house.start(healthy, JudgingModelTests.policies())
        let done = try house.only("done")
        #expect(done.verdict == "accepted" && healthy.sent.count == lines.count)
        #expect(try done.money("cost", "unknown_usd") == house.book().unknown.usd && !house.book().unknown.isZero)
        #expect(try BookCheck(house.spool, JudgingModelTests.policies()).differences == [])
    }

    @Test("what it will say again, whoever asks, is said to need another question")
    func refuses() async throws {
        for reply in [StubBackend.Reply.status(400), .text("I would rather not.")] {
            let house = try TestHouse()
            try house.drop(lines)
            let backend = judged { _ in reply }
            try await house.withDaemon(backend, JudgingModelTests.policies()) { dispatcher in
                #expect(await eventually { await dispatcher.parkedJobs.count == 1 })
                house.clock.advance(by: .seconds(3600))
                dispatcher.send(.tick)
                dispatcher.send(.scan)
            }
            let job = try #require(try house.spool.jobs().first)
            let reason = try house.spool.job(job).state()?.reason ?? ""
            #expect(reason.contains("change its instructions, its max_tokens or the model"))
            #expect(!reason.contains("asked again at") && asked(backend) == 2 * lines.count)
            #expect(house.events.count("job.started") == 1, "it is not opened again each minute for nothing")
        }
    }

    @Test("the same answer to the same request is one question, also where each is sent anew")
    func sameAnswers() async throws {
        var policies = JudgingModelTests.policies()
        policies.lane.reuseSampled = false
        try house.drop((1...4).map { line("p", id: "c\($0)") })
        let backend = judged { _ in JudgingModelTests.pass }
        try await house.start(backend, policies)
        #expect(try house.only("done").verdict == "accepted")
        #expect(backend.sent.count { $0.model == "m" } == 4 && asked(backend) == 1)
    }

    @Test("shards that ask the same at the same time pay for it once")
    func sameTime() async throws {
        var policies = JudgingModelTests.policies()
        policies.lane.reuseSampled = false
        policies.lane.shardLines = 2
        try house.drop((1...8).map { line("p", id: "c\($0)") })
        let backend = judged { _ in .held(answer(#"{"verdict": "pass"}"#)) }
        try await house.withDaemon(backend, policies) { _ in
            #expect(try await eventually { try house.questionFiles() > 1 && backend.heldCount > 0 })
            backend.release()
            try await house.wait(for: "done")
        }
        #expect(backend.sent.count { $0.model == "m" } == 8 && asked(backend) == 1)
        let shards = try house.only("done").report["shards"]?.array ?? []
        #expect(shards.compactMap { $0["judge"]?["reused"]?.int }.reduce(0, +) == 3)
        #expect(try BookCheck(house.spool, policies).differences == [])
    }

    @Test("reused answers that it does not let pass are paid for anew by a retry, and by nothing else")
    func retryOfReused() async throws {
        let policies = JudgingModelTests.policies()
        var unjudged = policies
        unjudged.gates = Policies.judged { $0.judge = nil }.gates
        try house.drop(lines)
        try await house.start(StubBackend(), unjudged)
        house.clock.advance(by: .seconds(60))
        let better = StubBackend {
            if $0.model != "j" { return .text("Echo, and better") }
            return $0.prompt.contains("better") ? JudgingModelTests.pass : JudgingModelTests.fail
        }
        try house.drop(lines, as: "b.jsonl")
        try await house.start(better, policies)
        let rejected = try house.only("rejected")
        #expect(rejected.count("lines", "reused") == 4 && better.sent.count { $0.model == "m" } == 0)
        house.clock.advance(by: .seconds(60))
        try house.drop(try rejected.text("reprocess.jsonl"), as: "b.retry.jsonl")
        try await house.start(better, policies)
        #expect(better.sent.count { $0.model == "m" } == 4)
        #expect(try house.finished("done").contains { $0.job.stem == "b.retry" || $0.job.stem == "b" })
    }

    @Test("an answer that calls a tool is shown whole, also where it has a text")
    func toolCall() async throws {
        try house.drop([line("p")])
        let call = #"{"function":{"name":"wipe","arguments":"{}"},"id":"1","type":"function"}"#
        let body = """
            {"object":"chat.completion","choices":[{"finish_reason":"tool_calls","message":{"content":"Echo",\
            "tool_calls":[\(call)]}}],"usage":{"prompt_tokens":10,"completion_tokens":5}}
            """
        let response = BackendResponse(status: 200, body: Array(body.utf8), requestID: "req")
        let backend = StubBackend { $0.model == "j" ? JudgingModelTests.pass : .now(.response(response)) }
        var policies = JudgingModelTests.policies()
        policies.gates = JudgingModelTests.policies { $0.checks.mustMatch = [] }.gates
        try await house.start(backend, policies)
        let question = try #require(backend.sent.first { $0.model == "j" }).prompt
        #expect(question.contains("wipe"), "\(question)")
    }
}

extension TestHouse {
    /// How many shards have questions to a model that judges.
    fileprivate func questionFiles() throws -> Int {
        try spool.jobs().reduce(0) { count, job in
            let shards = spool.job(job).shards
            guard try FileFacts(at: shards) != nil else { return count }
            return try count
                + DurableFile.list(shards).count { String(decoding: $0, as: UTF8.self).contains(".requests.") }
        }
    }
}
