import BatchCore
import DurableFiles
import Pipeline
import Spooling
import SystemPackage
import TestSupport
import Testing

@Suite("A new model is tried on a share of a route's lines, and both are told side by side", .timeLimit(.minutes(6)))
struct TrialTests {
    private let house: TestHouse
    private let prompts = (100..<160).map { "p\($0)" }

    init() throws {
        house = try TestHouse()
    }

    private static func policies(share: Double? = 0.3, _ change: (inout Policies) -> Void = { _ in }) -> Policies {
        .test {
            let trial = share.map { Trial(model: "n", share: $0) }
            $0.catalogue.routes = ["r": Route(name: "r", models: ["m"], trial: trial)]
            $0.catalogue.endpoints["other"] = Endpoint(name: "other", url: "http://other")
            $0.catalogue.models["n"]?.endpoint = "other"
            $0.lane.shardLines = 100
            change(&$0)
        }
    }

    private func drop(_ prompts: [String]? = nil) throws {
        try house.drop((prompts ?? self.prompts).map { line($0, model: "r") })
    }

    /// Those that stand on the side of the trial.
    private func tried(_ policies: Policies) throws -> [String] {
        var reader = RequestReader(catalogue: policies.catalogue)
        return try prompts.filter { try reader.read(Array(line($0, model: "r").utf8).span).kind.isTrial }
    }

    private func prompts(_ backend: StubBackend, to model: String) -> [String] {
        backend.sent.filter { $0.model == model }.map(\.prompt).sorted()
    }

    private func side(_ name: String, of report: Finished) -> [Int?] {
        let side = report.report["trials"]?.array?.first?[name]
        return ["lines", "answered", "unsent_lines", "failed", "refused", "accepted_answers", "defective"]
            .map { side?[$0]?.int }
    }

    @Test("its lines go there, all others do not, and the sides add up to the job")
    func sides() async throws {
        let policies = Self.policies()
        let tried = try tried(policies)
        #expect(8...30 ~= tried.count)
        try drop()
        // One of ten answers of the new model is no good, none of the other's.
        let bad = tried[0]
        let backend = StubBackend { $0.prompt == bad ? .text("no") : .good($0) }
        try await house.start(backend, policies)
        #expect(prompts(backend, to: "n") == tried && backend.sent.count == 60)
        let done = try house.only("done")
        let (count, rest) = (tried.count, 60 - tried.count)
        #expect(side("trial", of: done) == [count, count, 0, 0, 0, count - 1, 1])
        #expect(side("others", of: done) == [rest, rest, 0, 0, 0, rest, 0])
        let trial = done.report["trials"]?.array?.first
        let spent = ["trial", "others"].compactMap { trial?[$0]?["spent_usd"]?.string.flatMap { Money(decimal: $0) } }
        #expect(spent.count == 2 && spent.reduce(.zero, +) == done.money("cost", "spent_usd"))
        #expect(abs((trial?["difference"]?["rate"]?.double ?? 0) - 1 / Double(count)) < 1e-9)
        #expect(TrialReport(try #require(trial)).map { $0.trial.figures.lines + $0.others.figures.lines } == 60)
    }

    @Test("when it is over, its answers are nobody's, and those of the others are still known")
    func over() async throws {
        let tried = try tried(Self.policies())
        try drop()
        try await house.start(StubBackend(), Self.policies())
        try drop()
        let during = StubBackend()
        try await house.start(during, Self.policies())
        #expect(during.sent.isEmpty, "both are known while it goes on")
        try drop()
        let after = StubBackend()
        try await house.start(after, Self.policies(share: nil))
        #expect(prompts(after, to: "m") == tried && after.sent.count == tried.count)
    }

    @Test("an answer of it that is judged after the trial was ended enters no log under the route's key")
    func endedMeanwhile() async throws {
        let policies = Self.policies { $0.lane.concurrency = 1 }
        let two = Array(try tried(policies).prefix(2))
        try drop(two)
        let stop = house.stop
        let first = StubBackend {
            stop.raise()
            return .good($0)
        }
        try await house.start(first, policies)
        #expect(first.sent.map(\.model) == ["n"])
        let backend = StubBackend()
        let over = Self.policies(share: nil)
        try await house.start(backend, over) { $0.isStopping = { false } }
        #expect(backend.sent.map(\.model) == ["m"])
        let done = try house.only("done")
        #expect(side("trial", of: done).first == 1 && side("others", of: done).first == 1)
        try house.drop(two.map { line($0, model: "r") }, as: "again.jsonl")
        try await house.start(backend, over) { $0.isStopping = { false } }
        #expect(backend.sent.map(\.model) == ["m", "m"] && backend.prompts.last == first.prompts.first)
    }

    @Test("while its endpoint takes nothing its lines go to the route's list, and count on that side")
    func trouble() async throws {
        let policies = Self.policies()
        try drop()
        let now = house.clock.now
        let backend = StubBackend()
        try await house.start(backend, policies) { _ = $0.endpoints.fail("other", "away", at: now) }
        #expect(prompts(backend, to: "m").count == 60)
        let done = try house.only("done")
        #expect(side("others", of: done).first == 60 && side("trial", of: done).first == 0)
        #expect(done.report["trials"]?.array?.first?["difference"] == .null)
    }

    @Test("a bad new model costs its canary, and the rest of the route goes on")
    func canary() async throws {
        let policies = Policies.test(canary: 5) {
            $0.catalogue.routes = ["r": Route(name: "r", models: ["m"], trial: Trial(model: "n", share: 0.3))]
        }
        let tried = try tried(policies)
        try drop()
        let backend = StubBackend { $0.model == "n" ? .text("no") : .good($0) }
        try await house.start(backend, policies)
        #expect(prompts(backend, to: "n") == Array(tried.prefix(5)))
        #expect(try house.only("done").lines("output.jsonl").count == 60 - tried.count)
    }

    @Test("the plan says how many lines go there")
    func planned() async throws {
        let policies = Self.policies()
        let file = house.spool.root.appending("file.jsonl")
        try DurableFile.publish(
            Array(prompts.map { line($0, model: "r") + "\n" }.joined().utf8), to: file, durable: false)
        let services = try house.services(StubBackend(), policies)
        let day = policies.calendar.day(at: house.clock.now)
        var budget = Budget(policy: policies.budget)
        budget.open(day, cap: policies.budget.day)
        let dryRun = try await DryRun(
            file, lane: policies.lane, uid: 1, policies: policies, hashLog: services.hashLog,
            budget: budget, today: day, isRetry: false, now: house.clock.now,
            scratchIn: house.spool.root)
        #expect(dryRun.tried.map(\.lines) == [try tried(policies).count] && dryRun.tried.map(\.model) == ["n"])
    }
}
