import Backends
import BatchCore
import Pipeline
import Spooling
import TestSupport
import Testing

@Suite("A shard that is sent by batch has one batch for each round, and every line its end", .timeLimit(.minutes(6)))
struct BatchTests {
    private let house: TestHouse

    init() throws {
        house = try TestHouse()
        try house.drop(BatchCase.lines)
    }

    @Test("shuffled results are matched by custom_id, at the price of the batch")
    func whole() async throws {
        let provider = StubProvider()
        let done = try await house.finishBatches(provider)
        #expect(try done.ids("output.jsonl") == BatchCase.prompts && provider.names.count == 2)
        #expect(try done.lines("output.jsonl")[1]["response"]?["request_id"]?.string == "q")
        let texts = try done.lines("output.jsonl").map {
            $0["response"]?["body"]?["choices"]?.array?.first?["message"]?["content"]?.string
        }
        #expect(texts == BatchCase.prompts.map { "Echo \($0)" })
    }

    @Test(
        "a batch has no more lines and bytes than the interface takes: a larger shard is several, one after the other")
    func limits() async throws {
        let provider = StubProvider()
        try await house.finishBatches(
            provider,
            BatchCase.policies {
                $0.lane.shardLines = 6
                $0.catalogue.endpoints["local"]?.batch?.linesMax = 4
                $0.catalogue.endpoints["local"]?.batch?.bytesMax = 3 * (BatchCase.lines[0].utf8.count + 1024)
            })
        #expect(provider.now.files.map { $0.content.split(separator: "\n").count } == [3, 3])
    }

    @Test(
        "a step whose outcome nobody knows is looked up, and taken again only if it was not done",
        arguments: [StubProvider.Verb.upload, .create], [true, false])
    func unknownStep(_ verb: StubProvider.Verb, isDone: Bool) async throws {
        let lost = BackendResult.unknown(BackendTrouble(kind: .timeout, message: "out of time"))
        let provider = StubProvider(faults: { called, time in
            called == verb && time == 1 ? isDone ? .after(lost) : .instead(lost) : .none
        })
        try await house.finishBatches(provider)
        #expect(provider.names.count == 2 && provider.now.files.count == 2)
        #expect(provider.now.run.sorted() == BatchCase.prompts)
    }

    @Test("errors at every step but those that make something are only another look")
    func questions() async throws {
        let provider = StubProvider(faults: { verb, time in
            guard ![.upload, .create].contains(verb), time % 2 == 1 else { return .none }
            return .instead(.response(BackendResponse(status: time % 4 == 1 ? 503 : 401, body: [])))
        })
        try await house.finishBatches(provider)
        #expect(provider.names.count == 2)
    }

    @Test("what expired without a result is not billed, and goes out again in a batch of its own")
    func expired() async throws {
        let provider = StubProvider(end: { batch, lines in
            let isFirst = batch.id == "batch_1"
            batch.status = isFirst ? "expired" : "completed"
            batch.output = lines.prefix(isFirst ? 1 : lines.count).map(\.good).joined()
            batch.errors = isFirst ? lines[1].error("batch_expired") : ""
        })
        let done = try await house.finishBatches(provider)
        #expect(provider.names.count == 3 && done.count("lines", "answered") == 6)
        #expect(provider.now.files.last?.content.split(separator: "\n").count == 2)
        #expect(done.count("attempts", "total") == 8)
    }

    @Test("a line that no batch runs fails after as many attempts as any")
    func neverRun() async throws {
        let provider = StubProvider(end: { batch, lines in
            batch.status = "cancelled"
            batch.errors = lines.map { $0.error("batch_cancelled") }.joined()
        })
        let policies = BatchCase.policies { $0.retry.attempts = 2 }
        try await house.start(provider.connection(), policies)
        #expect(provider.names.count == 4)
        let rejected = try house.only("rejected")
        #expect(try Set(rejected.codes()) == ["batch_cancelled"] && rejected.codes().count == 6)
        #expect(try house.book().committed.isZero)
    }

    @Test("duplicate and foreign ids, an unreadable line: told, and nothing is lost or booked twice")
    func strange() async throws {
        let provider = StubProvider(end: { batch, lines in
            batch.status = "completed"
            let foreign = StubProvider.Line(id: "somebody-else-1", prompt: "x")
            batch.output = "nonsense\n" + foreign.good + lines.map { $0.good + $0.good }.joined()
        })
        try await house.finishBatches(provider)
        #expect(house.events.count("batch.remark") == 6)
    }

    @Test("of a completed batch a missing result is charged as unknown, and asked for again")
    func missing() async throws {
        let provider = StubProvider(end: { batch, lines in
            batch.status = "completed"
            batch.output = lines.dropFirst(batch.id == "batch_1" ? 1 : 0).map(\.good).joined()
        })
        let done = try await house.finishBatches(provider, unknown: 1)
        #expect(done.count("lines", "answered") == 6 && provider.names.count == 3)
    }

    @Test(
        "what expired is charged as unknown where results are lost: some of its lines were run, and which is not told",
        arguments: [("nonsense\n", 1), ("", 2)])
    func expiredWithLosses(_ unreadable: String, completed: Int) async throws {
        let provider = StubProvider(end: { batch, lines in
            guard batch.id == "batch_1" else { return StubProvider.complete(&batch, lines) }
            batch.status = "expired"
            batch.output = lines[0].good + unreadable
            batch.completed = completed
        })
        let done = try await house.finishBatches(provider, unknown: 2)
        #expect(done.count("lines", "answered") == 6 && provider.names.count == 3)
    }

    @Test("error lines: a status that is final fails its line, one that is not is tried again")
    func errorLines() async throws {
        let provider = StubProvider(end: { batch, lines in
            batch.status = "completed"
            let error = #"{"error":{"message":"no","code":"bad"}}"#
            for line in lines {
                switch line.prompt {
                case "p2": batch.errors += line.result(400, error)
                case "p3" where batch.id == "batch_1": batch.errors += line.result(500, error)
                default: batch.output += line.good
                }
            }
        })
        let policies = BatchCase.policies { $0.gates = .checked(GatePolicy()) }
        let done = try await house.finishBatches(provider, policies, spent: 5)
        #expect(done.count("lines", "failed") == 1 && done.count("lines", "answered") == 5)
    }

    @Test("a batch that is not run at all fails the lines it names, and the others go out again")
    func validation() async throws {
        let provider = StubProvider(end: { batch, lines in
            guard batch.id == "batch_1" else {
                (batch.status, batch.output) = ("completed", lines.map(\.good).joined())
                return
            }
            batch.status = "failed"
            batch.faults = #"{"data":[{"code":"invalid_json_line","message":"bad","line":2}]}"#
        })
        let done = try await house.finishBatches(provider, spent: 5)
        #expect(try done.codes() == ["invalid_json_line"] && done.count("lines", "failed") == 1)
    }

    @Test("a limit of the account is the endpoint's trouble: the job waits, and no line is the worse for it")
    func account() async throws {
        let provider = StubProvider(end: { batch, lines in
            guard batch.id == "batch_1" || batch.id == "batch_2" else {
                (batch.status, batch.output) = ("completed", lines.map(\.good).joined())
                return
            }
            batch.status = "failed"
            batch.faults = #"{"data":[{"code":"token_limit_exceeded","message":"Enqueued token limit","line":null}]}"#
        })
        let (end, _) = try await house.start(provider.connection(), BatchCase.policies())
        #expect(end == .idle(parked: 1) && house.events.count("endpoint.unavailable") == 1)
        #expect(try house.book().committed.isZero)
        let done = try await house.finishBatches(provider)
        #expect(done.count("attempts", "total") == 6)
    }

    @Test("a refused upload frees its money, and the job waits for its endpoint")
    func refused() async throws {
        let provider = StubProvider(faults: { verb, time in
            verb == .upload && time < 3 ? .instead(.response(BackendResponse(status: 401, body: []))) : .none
        })
        let (end, _) = try await house.start(provider.connection(), BatchCase.policies())
        #expect(end == .idle(parked: 1))
        #expect(try house.book().committed.isZero && provider.names.isEmpty)
        let job = try #require(try house.spool.jobs().first)
        #expect(try house.spool.job(job).batches().isEmpty)
        try await house.finishBatches(provider)
    }
}
