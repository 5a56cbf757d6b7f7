import BatchCore
import DurableFiles
import Pipeline
import Spooling
import SystemPackage
import TestSupport
import Testing

@Suite("A line goes to the first model of its route that can answer it", .timeLimit(.minutes(6)))
struct SelectionTests {
    private let house: TestHouse
    private let noon = Timestamp("2026-11-24T12:00:00Z") ?? Timestamp(seconds: 0)

    init() throws {
        house = try TestHouse()
    }

    /// `r` goes to `m`, which calls no tools, then to `n`, which does.
    private static func policies(_ change: (inout Policies) -> Void = { _ in }) -> Policies {
        .test {
            $0.catalogue.routes = ["r": Route(name: "r", models: ["m", "n"])]
            $0.catalogue.models["m"]?.capabilities = [.jsonSchema]
            $0.lane.shardLines = 100
            change(&$0)
        }
    }

    private func withTools(_ prompt: String) -> String {
        line(prompt, model: "r").replacing(
            #""messages""#, with: #""tools":[{"type":"function","function":{"name":"f"}}],"messages""#)
    }

    private func sent(_ backend: StubBackend) -> [String: [String]] {
        Dictionary(grouping: backend.sent, by: \.model).mapValues { $0.map(\.prompt).sorted() }
    }

    @Test("lines of one route that different models can answer stand in shards of their own")
    func divided() async throws {
        try house.drop([line("p1", model: "r"), withTools("t1"), line("p2", model: "r"), withTools("t2")])
        let backend = StubBackend()
        try await house.start(backend, Self.policies())
        #expect(sent(backend) == ["m": ["p1", "p2"], "n": ["t1", "t2"]])
        let done = try house.only("done")
        #expect(done.verdict == "accepted" && done.report["shards"]?.array?.map { $0["lines"]?.int } == [2, 2])
        #expect(done.report["models"]?.array?.map { $0["lines"]?.int } == [2, 2])
        #expect(try house.book().open.isEmpty && BookCheck(house.spool, Self.policies()).differences == [])
    }

    @Test("a plan of an earlier version, whose shards hold lines for several models, is run as each line needs")
    func olderPlan() async throws {
        try house.drop([line("p1", model: "r"), withTools("t1"), line("p2", model: "r"), withTools("t2")])
        let now = house.clock.now
        try await house.start(StubBackend(), Self.policies()) { _ = $0.endpoints.fail("local", "away", at: now) }
        let job = house.spool.job(try #require(try house.spool.jobs().first))
        let shard = ShardPlan.Shard(
            number: 1, role: .regular, kind: RequestKind(url: .chatCompletions, model: "r"), lines: [1, 2, 3, 4],
            worstCase: Amount(usd: Money(picodollars: 1), tokens: 1))
        let plan = ShardPlan(shards: [shard], duplicates: [:], knownDefects: [])
        try DurableFile.remove(job.path.appending("plan.json"))
        try DurableFile.publish(plan.record, to: job.path.appending("plan.json"))
        let backend = StubBackend()
        try await house.start(backend, Self.policies())
        #expect(sent(backend) == ["m": ["p1", "p2"], "n": ["t1", "t2"]])
        #expect(try house.only("done").count("lines", "answered") == 4)
        #expect(try BookCheck(house.spool, Self.policies()).differences == [])
    }

    @Test("a line that only the second model can answer waits for that one's endpoint, and the others go on")
    func trouble() async throws {
        let policies = Self.policies {
            $0.catalogue.endpoints["other"] = Endpoint(name: "other", url: "http://other")
            $0.catalogue.models["n"]?.endpoint = "other"
        }
        try house.drop([withTools("t1"), line("p1", model: "r")])
        let now = house.clock.now
        let backend = StubBackend()
        let (end, _) = try await house.start(backend, policies) { _ = $0.endpoints.fail("other", "away", at: now) }
        #expect(end == .idle(parked: 1) && sent(backend) == ["m": ["p1"]])
        try await house.start(backend, policies)
        #expect(sent(backend) == ["m": ["p1"], "n": ["t1"]])
    }

    @Test(
        "the cheapest at the time of the reservation goes first, also where prices change while a job runs",
        arguments: [["m", "n"], ["n", "m"]])
    func cheapest(models: [String]) async throws {
        func price(_ factor: Int128) -> Price {
            Price(input: Money(picodollars: factor * 1_000_000), output: Money(picodollars: factor * 2_000_000))
        }
        let policies = Self.policies {
            $0.catalogue.routes["r"] = Route(name: "r", models: models, order: .cheapest)
            $0.catalogue.models["m"]?.prices = PriceList(price(2), changes: [.init(from: noon, price: price(4))])
            $0.catalogue.models["n"]?.prices = PriceList(price(3))
            $0.lane.concurrency = 1
        }
        try house.drop((1...4).map { line("p\($0)", model: "r") })
        let clock = house.clock
        let backend = StubBackend { sent in
            if sent.prompt == "p2" { clock.advance(by: .seconds(3 * 3600)) }
            return .good(sent)
        }
        try await house.start(backend, policies)
        #expect(backend.sent.map(\.model) == ["m", "m", "n", "n"])
        #expect(try BookCheck(house.spool, policies).differences == [])
    }
}
