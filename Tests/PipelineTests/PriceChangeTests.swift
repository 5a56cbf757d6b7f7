import BatchCore
import DurableFiles
import Pipeline
import Spooling
import SystemPackage
import Testing

@Suite("A price change in the night prices each attempt by its own time", .timeLimit(.minutes(6)))
struct PriceChangeTests {
    private let house: TestHouse
    private let change = Timestamp("2026-11-24T12:00:00Z") ?? Timestamp(seconds: 0)

    init() throws {
        house = try TestHouse()
    }

    private func price(_ factor: Int128) -> Price {
        Price(input: Money(picodollars: factor * 1_000_000), output: Money(picodollars: factor * 2_000_000))
    }

    /// Dearer by the factor from noon on.
    private func policies(factor: Int128, _ more: (inout Policies) -> Void = { _ in }) -> Policies {
        .test { [change] in
            $0.catalogue.models["m"]?.prices = PriceList(price(1), changes: [.init(from: change, price: price(factor))])
            $0.lane.concurrency = 1
            more(&$0)
        }
    }

    /// 10 tokens in and 5 out, as `StubBackend` answers.
    private func cost(_ factor: Int128) -> Money { price(factor).cost(of: Usage(input: 10, output: 5)) }

    private func reservations() throws -> Int {
        let book = try DurableFile.read(house.spool.budget.appending("2026-11-24.jsonl")) ?? []
        return String(decoding: book, as: UTF8.self).split(separator: "\n").count { $0.contains("\"reserve\"") }
    }

    @Test(
        "what begins before it costs the old price, what begins after it the new one, under reservations of their own"
    )
    func risen() async throws {
        try house.drop((100..<104).map { line("p\($0)") })
        let clock = house.clock
        let backend = StubBackend { sent in
            if sent.number == 2 { clock.advance(by: .seconds(3 * 3600)) }
            return .good(sent)
        }
        try await house.start(backend, policies(factor: 3))
        let done = try house.only("done")
        #expect(done.count("lines", "answered") == 4 && backend.sent.count == 4)
        #expect(done.money("cost", "spent_usd") == cost(1) + cost(1) + cost(3) + cost(3))
        #expect(done.count("attempts", "total") == 4 && done.count("attempts", "retried") == 0)
        #expect(done.count("notes", "exceeds_bound") == 0)
        #expect(try reservations() == 2, "the second one is made at the new price")
        #expect(try house.book().reserved.isZero)
    }

    @Test("a price that falls needs no new reservation")
    func fallen() async throws {
        try house.drop((100..<104).map { line("p\($0)") })
        let clock = house.clock
        let backend = StubBackend { sent in
            if sent.number == 2 { clock.advance(by: .seconds(3 * 3600)) }
            return .good(sent)
        }
        let policies = policies(factor: 1) {
            $0.catalogue.models["m"]?.prices = PriceList(price(3), changes: [.init(from: change, price: price(1))])
        }
        try await house.start(backend, policies)
        #expect(try house.only("done").money("cost", "spent_usd") == cost(3) + cost(3) + cost(1) + cost(1))
        #expect(try reservations() == 1)
    }

    @Test("a cap that cannot pay the new price parks the rest; it is never sent under the old reservation")
    func parked() async throws {
        let lines = (100..<104).map { line("p\($0)") }
        try house.drop(lines)
        let clock = house.clock
        let backend = StubBackend { sent in
            if sent.number == 1 { clock.advance(by: .seconds(3 * 3600)) }
            return .good(sent)
        }
        let worst = try worstCase(of: lines[0])
        let policies = policies(factor: 4) { $0.budget.day = Cap(usd: 4 * worst.usd) }
        let (end, _) = try await house.start(backend, policies)
        #expect(end == .idle(parked: 1) && backend.sent.count == 1)
        #expect(try house.book(nil, policies.budget).reserved.isZero)
    }

    @Test("a lost answer is charged at the worst case of its own time")
    func lost() async throws {
        try house.drop([line("p100")])
        let backend = StubBackend { sent in sent.time == 1 ? .lost : .good(sent) }
        let policies = policies(factor: 2)
        house.clock.advance(by: .seconds(3 * 3600))
        try await house.start(backend, policies)
        let later = policies.asOf(house.clock.now)
        #expect(try house.only("done").money("cost", "unknown_usd") == worstCase(of: line("p100"), later).usd)
    }
}
