import BatchCore
import DurableFiles
import Gates
import Ledgers
import Pipeline
import Spooling
import SystemPackage
import Testing

@Suite("What the gate does not accept is asked once of the next model of the route", .timeLimit(.minutes(6)))
struct EscalationTests {
    private let house: TestHouse
    private let actual = Money(picodollars: 20_000_000)

    init() throws {
        house = try TestHouse()
    }

    static func policies(canary: Int = 0, _ change: (inout Policies) -> Void = { _ in }) -> Policies {
        .test(canary: canary) {
            $0.catalogue.routes = ["r": Route(name: "r", models: ["m", "n"])]
            var gate = $0.gates[Lane.defaultName].policy
            gate.consequences.rejected = .escalate
            $0.gates = .checked(gate)
            change(&$0)
        }
    }

    /// `m` answers what begins with "bad" and "worse" badly, `n` what begins with "worse".
    static let cascade: StubBackend.Script = { sent in
        let isBad = sent.prompt.hasPrefix("worse") || sent.prompt.hasPrefix("bad") && sent.model == "m"
        return isBad ? .text("no") : .good(sent)
    }

    private func check(_ report: Finished, spent answers: Int, _ policies: Policies) throws {
        #expect(report.money("cost", "spent_usd") == Money(picodollars: Int128(answers) * 20_000_000))
        let book = try house.book()
        #expect(book.spent.usd == report.money("cost", "spent_usd") && book.open.isEmpty && book.reserved.isZero)
        let check = try BookCheck(house.spool, policies)
        #expect(check.differences == [])
        #expect(check.comparedJobs == 1)
    }

    @Test("a shard whose defects another model mends is accepted; both answers are paid for, and each is told apart")
    func mended() async throws {
        let policies = Self.policies()
        try house.drop(
            ["bad1", "p2", "bad3", "bad4"].map { line($0, model: "r") } + [line("bad1", id: "twice", model: "r")])
        let backend = StubBackend(Self.cascade)
        try await house.start(backend, policies)
        let done = try house.only("done")
        #expect(done.verdict == "accepted")
        #expect(try done.ids("output.jsonl") == ["bad1", "p2", "bad3", "bad4", "twice"])
        #expect(backend.sent.count { $0.model == "m" } == 4 && backend.sent.count { $0.model == "n" } == 3)
        try check(done, spent: 7, policies)
        #expect(done.count("escalated", "lines") == 3 && done.count("escalated", "good") == 3)
        #expect(done.money("escalated", "spent_usd") == Money(picodollars: 60_000_000))
        #expect(done.report["escalated"]?["models"]?.array?.map { $0["model"]?.string } == ["n"])
        let lines = try done.lines("output.jsonl").compactMap { $0["bobbin"] }
        #expect(lines.map { $0["model"]?.string } == ["n", "m", "n", "n", "n"])
        #expect(lines.map { $0["escalated_from"]?.string } == ["m", nil, "m", "m", nil])
        #expect(lines.map { $0["cost_usd"]?.string } == ["0.00004", "0.00002", "0.00004", "0.00004", "0"])
        let models = done.report["models"]?.array ?? []
        #expect(models.map { $0["model"]?.string } == ["m", "n"])
        #expect(models.map { $0["spent_usd"]?.string } == ["0.00008", "0.00006"])
        #expect(done.count("lines", "answered") == 4 && done.count("lines", "reused") == 1)
        // What another job asks for is the answer that counts.
        try house.drop([line("bad1", model: "r")], as: "b.jsonl")
        try await house.start(backend, policies)
        #expect(backend.sent.count == 7)
        #expect(try house.finished("done").allSatisfy { $0.verdict == "accepted" })
    }

    @Test("a defect inside an accepted shard is escalated, too; what stays defective says what both were")
    func stillDefective() async throws {
        let policies = Self.policies { $0.lane.shardLines = 100 }
        let prompts = (1...20).map { "p\($0)" } + ["bad1", "worse"]
        try house.drop(prompts.map { line($0, model: "r") })
        let backend = StubBackend(Self.cascade)
        try await house.start(backend, policies)
        let done = try house.only("done")
        #expect(done.verdict == "accepted" && backend.sent.count { $0.model == "n" } == 2)
        #expect(try done.ids("output.jsonl") == Array(prompts.dropLast()) && done.ids("errors.jsonl") == ["worse"])
        let error = try done.lines("errors.jsonl")[0]
        #expect(error["error"]?["message"]?.string?.contains("the answer of m before was defective, too") == true)
        #expect(error["bobbin"]?["cost_usd"]?.string == "0.00004")
        #expect(done.count("escalated", "lines") == 2 && done.count("escalated", "good") == 1)
        try check(done, spent: 24, policies)
    }

    @Test(
        "an answer that an earlier gate has let into the hash log, or kept out of it, does not escalate to itself",
        arguments: ["^Echo", "^Never"])
    func changedGate(earlier: String) async throws {
        // The other line waits for its endpoint, and the job with it.
        func policies(_ pattern: String, _ consequence: ConsequencePolicy.Rejected) -> Policies {
            Self.policies {
                var gate = $0.gates[Lane.defaultName].policy
                gate.consequences.rejected = consequence
                gate.checks.mustMatch = [pattern]
                $0.gates = .checked(gate)
                $0.catalogue.endpoints["other"] = Endpoint(name: "other", url: "http://other")
                $0.catalogue.models["o"] = $0.catalogue.models["m"]
                $0.catalogue.models["o"]?.name = "o"
                $0.catalogue.models["o"]?.endpoint = "other"
            }
        }
        let now = house.clock.now
        try house.drop([line("p1", model: "r"), line("p2", model: "o")])
        let backend = StubBackend { $0.model == "m" ? .good($0) : .text("Echo, and better") }
        try await house.start(backend, policies(earlier, .reject)) { _ = $0.endpoints.fail("other", "away", at: now) }
        #expect(backend.sent.map(\.model) == ["m"])
        let strict = policies("better$", .escalate)
        try await house.start(backend, strict)
        #expect(backend.sent.map(\.model).sorted() == ["m", "n", "o"])
        let done = try house.only("done")
        #expect(done.verdict == "accepted" && done.count("escalated", "good") == 1)
        try check(done, spent: 3, strict)
    }

    @Test("a good answer that another job has got meanwhile is the second answer, and the figures of the models add up")
    func answeredMeanwhile() async throws {
        let policies = Self.policies {
            $0.catalogue.endpoints["other"] = Endpoint(name: "other", url: "http://other")
            $0.catalogue.models["n"]?.endpoint = "other"
        }
        let now = house.clock.now
        let backend = StubBackend { $0.time == 1 ? .text("no") : .good($0) }
        for name in ["a.jsonl", "b.jsonl"] {
            try house.drop([line("p", model: "r")], as: name)
            try await house.start(backend, policies) { _ = $0.endpoints.fail("other", "away", at: now) }
        }
        try await house.start(backend, policies)
        #expect(backend.sent.map(\.model) == ["m", "m"])
        let done = try house.finished("done")
        #expect(done.count == 2)
        for job in done {
            #expect(job.money("cost", "spent_usd") == actual && job.money("figures", "spent_usd") == actual)
        }
        #expect(try BookCheck(house.spool, policies).differences == [])
    }

    @Test("a line that names one model is not escalated, nor one that the last model answered, and both say so")
    func noOther() async throws {
        let policies = Self.policies { $0.lane.shardLines = 100 }
        let now = house.clock.now
        try house.drop((1...20).map { line("p\($0)") } + [line("bad")])
        let backend = StubBackend { $0.prompt == "bad" ? .text("no") : .good($0) }
        try await house.start(backend, policies)
        #expect(backend.sent.count == 21)
        let message = try house.only("done").lines("errors.jsonl")[0]["error"]?["message"]?.string ?? ""
        #expect(message.contains("not escalated: it asks for one model alone"))
        // The first model of the route takes nothing: the last one answers.
        var other = policies
        other.catalogue.endpoints["other"] = Endpoint(name: "other", url: "http://other")
        other.catalogue.models["m"]?.endpoint = "other"
        try house.drop([line("bad", model: "r")], as: "b.jsonl")
        try await house.start(backend, other) { _ = $0.endpoints.fail("other", "it is away", at: now) }
        #expect(backend.sent.count == 22 && backend.sent.last?.model == "n")
        let mark = try house.only("rejected").lines("reprocess.jsonl")[0]["bobbin"]
        #expect(mark?["reason"]?.string?.contains("not escalated: n is the last model of its route") == true)
    }

    @Test("a canary is mended before it is judged")
    func canary() async throws {
        try house.drop((1...8).map { line("bad\($0)", model: "r") })
        let backend = StubBackend(Self.cascade)
        try await house.start(backend, Self.policies(canary: 2))
        #expect(try house.only("done").verdict == "accepted" && backend.sent.count == 16)
    }

    @Test("a bad prompt costs its canary on each of the two models")
    func badPrompt() async throws {
        try house.drop((1...8).map { line("worse\($0)", model: "r") })
        let backend = StubBackend(Self.cascade)
        try await house.start(backend, Self.policies(canary: 2))
        #expect(try house.only("rejected").verdict == "rejected" && backend.sent.count == 4)
    }

    /// Money for both answers of three lines and not for the fourth: the last reservation has to find its worst case.
    private func poor(_ whenExhausted: BudgetPolicy.Exhaustion) throws -> Policies {
        let worst = try worstCase(of: line("bad1", model: "r"), Self.policies()).usd
        return Self.policies {
            $0.budget.whenExhausted = whenExhausted
            $0.budget.models["n"] = Cap(usd: worst + 2 * actual)
        }
    }

    @Test("without money for the next model the job parks, and goes on with what is left")
    func parks() async throws {
        try house.drop((1...4).map { line("bad\($0)", model: "r") })
        let backend = StubBackend(Self.cascade)
        let policies = try poor(.park)
        let (end, _) = try await house.start(backend, policies)
        #expect(end == .idle(parked: 1))
        #expect(backend.sent.count { $0.model == "m" } == 4 && backend.sent.count { $0.model == "n" } == 3)
        house.clock.advance(by: .seconds(24 * 3600))
        try await house.start(backend, policies)
        #expect(backend.sent.count { $0.model == "m" } == 4 && backend.sent.count { $0.model == "n" } == 4)
        let done = try house.only("done")
        #expect(done.verdict == "accepted" && done.money("cost", "spent_usd") == Money(picodollars: 8 * 20_000_000))
        #expect(try BookCheck(house.spool, policies).differences == [])
    }

    @Test("where the configuration says to refuse what cannot be paid, the first answer counts, and is not accepted")
    func refuses() async throws {
        try house.drop((1...4).map { line("bad\($0)", model: "r") })
        let backend = StubBackend(Self.cascade)
        let policies = try poor(.reject)
        try await house.start(backend, policies)
        let rejected = try house.only("rejected")
        #expect(rejected.reason.hasPrefix("shard 1: 1 of 4 answers are defective"))
        #expect(rejected.count("escalated", "lines") == 4 && rejected.count("escalated", "good") == 3)
        let reasons = try rejected.lines("reprocess.jsonl").compactMap { $0["bobbin"]?["reason"]?.string }
        #expect(reasons.count { $0.contains("escalated in vain") } == 1)
        try check(rejected, spent: 7, policies)
    }

    @Test("it is decided once: a gate that changes over a restart adds nothing to it")
    func once() async throws {
        try house.drop(["bad1", "bad2", "bad3", "good"].map { line($0, model: "r") })
        let backend = StubBackend(Self.cascade)
        var policies = try poor(.park)
        policies.budget.models["n"] = Cap(usd: try worstCase(of: line("bad1", model: "r"), policies).usd + actual)
        let (end, _) = try await house.start(backend, policies)
        #expect(end == .idle(parked: 1) && backend.sent.count == 6)
        var gate = policies.gates[Lane.defaultName].policy
        gate.checks.mustMatch = ["^never"]
        policies.gates = .checked(gate)
        house.clock.advance(by: .seconds(24 * 3600))
        try await house.start(backend, policies)
        #expect(backend.counts == ["bad1": 2, "bad2": 2, "bad3": 2, "good": 1])
        #expect(try house.only("rejected").count("escalated", "good") == 0)
    }

    @Test("all_or_nothing: one rejected shard rejects the job, and its good lines can be handed in again")
    func allOrNothing() async throws {
        let policies = Policies.test {
            var gate = $0.gates[Lane.defaultName].policy
            gate.consequences.allOrNothing = true
            $0.gates = .checked(gate)
        }
        try house.drop([line("p1"), line("p2"), line("worse", model: "n")])
        let backend = StubBackend(Self.cascade)
        try await house.start(backend, policies)
        let rejected = try house.only("rejected")
        #expect(try house.names("done").isEmpty && rejected.verdict == "rejected")
        #expect(rejected.reason.hasSuffix("its lane says all_or_nothing: nothing of the job is delivered"))
        #expect(try rejected.ids("reprocess.jsonl") == ["p1", "p2", "worse"])
        let codes = try rejected.lines("reprocess.jsonl").compactMap { $0["bobbin"]?["code"]?.string }
        #expect(codes == ["shard_rejected", "shard_rejected", "defective_answer"])
        // What was accepted is known, and costs nothing the next time.
        try house.drop(try rejected.text("reprocess.jsonl"), as: "a.retry.jsonl")
        try await house.start(StubBackend(), policies)
        #expect(try house.only("done").count("lines", "reused") == 2)
    }
}
