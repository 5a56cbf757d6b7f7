import Backends
import BatchCore
import DurableFiles
import Ledgers
import Pipeline
import Spooling
import TestSupport
import Testing

@Suite("A shard that is sent by batch has one batch for each round, and every line its end", .timeLimit(.minutes(6)))
struct BatchTests {
    private let house: TestHouse
    private let lines = (1...6).map { line("p\($0)") }
    private let prompts = (1...6).map { "p\($0)" }
    /// Of one good answer, at the price of the batch: 10 tokens in and 5 out.
    static let cost = 10_000_000

    init() throws {
        house = try TestHouse()
        try house.drop(lines)
    }

    /// Models at half the usual price, three lines a shard, no pause between looks.
    static func policies(
        by kind: BatchInterface.Kind = .openAI, _ change: (inout Policies) -> Void = { _ in }
    ) -> Policies {
        .test {
            var interface = BatchInterface(kind)
            (interface.poll, interface.lookup) = (.milliseconds(1), .zero)
            $0.catalogue.endpoints["local"]?.batch = interface
            let half = Price(input: Money(picodollars: 500_000), output: Money(picodollars: 1_000_000))
            for name in ["m", "n"] {
                $0.catalogue.models[name]?.prices = PriceList(half)
                if kind == .anthropic { $0.catalogue.models[name]?.interface = .anthropic }
            }
            if kind == .anthropic { $0.catalogue.endpoints["local"]?.interface = .anthropic }
            $0.lane.shardLines = 3
            change(&$0)
        }
    }

    /// Starts a process that is not killed, and checks what holds whatever happened before.
    @discardableResult
    private func finish(
        _ provider: StubProvider, _ policies: Policies = policies(), spent: Int = 6, unknown: Int = 0
    ) async throws -> Finished {
        try await house.start(provider.connection(), policies)
        let done = try house.only("done")
        #expect(try (done.ids("output.jsonl") + done.ids("errors.jsonl")).sorted() == prompts)
        #expect(Set(provider.names).count == provider.names.count, "\(provider.names)")
        let book = try house.book()
        #expect(book.open.isEmpty && book.reserved.isZero)
        #expect(book.spent.usd == Money(picodollars: Int128(spent * Self.cost)))
        #expect(try book.unknown.usd == unknown * worstCase(of: lines[0], policies).usd)
        #expect(
            done.money("cost", "spent_usd") == book.spent.usd && done.money("cost", "unknown_usd") == book.unknown.usd)
        #expect(try BookCheck(house.spool, policies).differences == [])
        return done
    }

    @Test("shuffled results are matched by custom_id, at the price of the batch")
    func whole() async throws {
        let provider = StubProvider()
        let done = try await finish(provider)
        #expect(try done.ids("output.jsonl") == prompts && provider.names.count == 2)
        #expect(try done.lines("output.jsonl")[1]["response"]?["request_id"]?.string == "q")
        let texts = try done.lines("output.jsonl").map {
            $0["response"]?["body"]?["choices"]?.array?.first?["message"]?["content"]?.string
        }
        #expect(texts == prompts.map { "Echo \($0)" })
    }

    @Test(
        "a batch has no more lines and bytes than the interface takes: a larger shard is several, one after the other")
    func limits() async throws {
        let provider = StubProvider()
        try await finish(
            provider,
            Self.policies {
                $0.lane.shardLines = 6
                $0.catalogue.endpoints["local"]?.batch?.linesMax = 4
                $0.catalogue.endpoints["local"]?.batch?.bytesMax = 3 * (lines[0].utf8.count + 1024)
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
        try await finish(provider)
        #expect(provider.names.count == 2 && provider.now.files.count == 2)
        #expect(provider.now.run.sorted() == prompts)
    }

    @Test("errors at every step but those that make something are only another look")
    func questions() async throws {
        let provider = StubProvider(faults: { verb, time in
            guard ![.upload, .create].contains(verb), time % 2 == 1 else { return .none }
            return .instead(.response(BackendResponse(status: time % 4 == 1 ? 503 : 401, body: [])))
        })
        try await finish(provider)
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
        let done = try await finish(provider)
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
        let policies = Self.policies { $0.retry.attempts = 2 }
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
        try await finish(provider)
        #expect(house.events.count("batch.remark") == 6)
    }

    @Test("of a completed batch a missing result is charged as unknown, and asked for again")
    func missing() async throws {
        let provider = StubProvider(end: { batch, lines in
            batch.status = "completed"
            batch.output = lines.dropFirst(batch.id == "batch_1" ? 1 : 0).map(\.good).joined()
        })
        let done = try await finish(provider, unknown: 1)
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
        let done = try await finish(provider, unknown: 2)
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
        let policies = Self.policies { $0.gates = .checked(GatePolicy()) }
        let done = try await finish(provider, policies, spent: 5)
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
        let done = try await finish(provider, spent: 5)
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
        let (end, _) = try await house.start(provider.connection(), Self.policies())
        #expect(end == .idle(parked: 1) && house.events.count("endpoint.unavailable") == 1)
        #expect(try house.book().committed.isZero)
        let done = try await finish(provider)
        #expect(done.count("attempts", "total") == 6)
    }

    @Test("a refused upload frees its money, and the job waits for its endpoint")
    func refused() async throws {
        let provider = StubProvider(faults: { verb, time in
            verb == .upload && time < 3 ? .instead(.response(BackendResponse(status: 401, body: []))) : .none
        })
        let (end, _) = try await house.start(provider.connection(), Self.policies())
        #expect(end == .idle(parked: 1))
        #expect(try house.book().committed.isZero && provider.names.isEmpty)
        let job = try #require(try house.spool.jobs().first)
        #expect(try house.spool.job(job).batches().isEmpty)
        try await finish(provider)
    }

    /// A process that is stopped while its only batch is out.
    private func stopAtFirstLook(_ policies: Policies, _ end: StubProvider.End? = nil) async throws -> StubProvider {
        let stop = Flag()
        let provider = StubProvider(
            faults: { verb, _ in
                if verb == .look { stop.raise() }
                return .none
            }, end: end ?? StubProvider.complete)
        try await house.start(provider.connection(), policies) { $0.isStopping = { stop.isRaised } }
        let job = try #require(house.spool.jobs().first)
        let batch = try #require(house.spool.job(job).batches().first).batch
        #expect(batch.batchID == "batch_1" && batch.lines.count == 6)
        let book = try house.book()
        #expect(book.open.count == 1 && book.committed == book.reserved && !book.reserved.isZero)
        return provider
    }

    @Test("a stop leaves the batch running and its money set aside; the next process looks it up")
    func stopped() async throws {
        let policies = Self.policies { $0.lane.shardLines = 6 }
        let provider = try await stopAtFirstLook(policies)
        #expect(!provider.now.calls.contains(.cancel))
        try await finish(provider, policies)
        #expect(provider.names.count == 1)
    }

    @Test("where the configuration says so, a stop cancels it, and the next process uses what was done by then")
    func cancelled() async throws {
        let policies = Self.policies {
            $0.lane.shardLines = 6
            $0.catalogue.endpoints["local"]?.batch?.atStop = .cancel
        }
        let provider = try await stopAtFirstLook(policies) { batch, lines in
            guard batch.status == "cancelling" else { return StubProvider.complete(&batch, lines) }
            batch.status = "cancelled"
            batch.output = lines.prefix(2).map(\.good).joined()
        }
        #expect(provider.now.calls.contains(.cancel))
        try await finish(provider, policies)
        #expect(provider.names.count == 2 && provider.now.run.sorted() == prompts)
    }

    @Test("a batch that the provider knows no more is charged as unknown, and its lines go out again")
    func gone() async throws {
        let policies = Self.policies { $0.lane.shardLines = 6 }
        _ = try await stopAtFirstLook(policies)
        let other = StubProvider()
        let done = try await finish(other, policies, unknown: 6)
        #expect(other.names.count == 1 && done.count("attempts", "total") == 12)
    }

    @Test("a price that changes while it is out changes nothing of it")
    func price() async throws {
        let policies = Self.policies { $0.lane.shardLines = 6 }
        let provider = try await stopAtFirstLook(policies)
        let dearer = Self.policies {
            $0.lane.shardLines = 6
            let price = Price(input: Money(picodollars: 900_000), output: Money(picodollars: 9_000_000))
            $0.catalogue.models["m"]?.prices = PriceList(price)
        }
        try await house.start(provider.connection(), dearer)
        #expect(try house.book().spent.usd == Money(picodollars: Int128(6 * Self.cost)) && house.book().open.isEmpty)
        #expect(provider.names.count == 1)
    }

    @Test("a model that is not configured any more: its batch is waited for, and charged at the worst case")
    func unconfigured() async throws {
        let policies = Self.policies { $0.lane.shardLines = 6 }
        let provider = try await stopAtFirstLook(policies)
        let other = Self.policies { $0.catalogue.models["m"] = nil }
        try await house.start(provider.connection(), other)
        let finished = try house.finished("done") + house.finished("rejected")
        #expect(finished.count == 1 && finished[0].count("lines", "failed") == 6)
        #expect(try house.book().unknown.usd == 6 * worstCase(of: lines[0], policies).usd && house.book().open.isEmpty)
    }
}
