import BatchCore
import Testing

@Suite("When a job is expected to start and to end is computed from what was measured, or not said")
struct ForecastTests {
    private let now = Timestamp(seconds: 1_795_510_800)

    private func rules(day: Cap = Cap(), deadline: Duration? = nil) -> SimulationRules {
        var lane = Lane(name: Lane.defaultName)
        (lane.concurrency, lane.deadline) = (10, deadline)
        var budget = BudgetPolicy()
        budget.day = day
        let price = Price(input: .zero, output: .zero)
        return SimulationRules(
            schedule: Scheduler.Rules(lanes: [lane.name: lane], concurrency: 64), budget: budget,
            catalogue: ModelCatalogue(
                endpoints: [:], models: ["m": Model(name: "m", endpoint: "e", price: price, maxOutputTokens: 1)]),
            shardOverhead: .zero)
    }

    private func pace(seconds: Double = 2, tokens: Int = 10) -> Pace {
        var pace = Pace()
        for _ in 0..<30 {
            pace.note(
                lane: Lane.defaultName, model: "m", seconds: seconds, spent: Amount(usd: .zero, tokens: tokens), at: now
            )
        }
        return pace
    }

    private func standing(_ job: String, lines: Int, ago: Duration = .zero) -> Forecast.Standing {
        Forecast.Standing(job: job, lane: Lane.defaultName, lines: lines, claimedAt: now + (.zero - ago))
    }

    @Test("lines over slots, times the pace")
    func simple() {
        let expected = Forecast(of: [standing("a", lines: 1000)], pace: pace(), rules(), book: nil, at: now).jobs["a"]
        #expect(expected?.startsAt == now)
        #expect(expected?.endsAt == now + .seconds(200))
        #expect(expected?.meetsDeadline == nil)
        #expect(expected?.basis == "2000 ms a request, the mean of the last 30 of the lane default")
    }

    @Test("of millions of lines within a hundredth of that")
    func large() {
        let jobs = Forecast(
            of: [standing("a", lines: 3_000_000), standing("b", lines: 20)], pace: pace(), rules(), book: nil, at: now
        ).jobs
        let seconds = jobs["a"]?.endsAt.map { ($0 - now) / .seconds(1) } ?? 0
        #expect(abs(seconds / 600_004 - 1) < 0.01, "\(seconds)")
        #expect(jobs["b"]?.endsAt.map { $0 - now < .seconds(3600) } == true)
    }

    @Test("a deadline that cannot be met is said")
    func deadline() {
        let rules = rules(deadline: .seconds(150))
        let late = Forecast(of: [standing("a", lines: 1000)], pace: pace(), rules, book: nil, at: now).jobs["a"]
        #expect(late?.deadline == now + .seconds(150) && late?.meetsDeadline == false)
        let early = Forecast(of: [standing("a", lines: 100)], pace: pace(), rules, book: nil, at: now).jobs["a"]
        #expect(early?.meetsDeadline == true)
    }

    @Test("nothing was measured: nothing is invented")
    func unknown() {
        let expected = Forecast(of: [standing("a", lines: 9)], pace: Pace(), rules(), book: nil, at: now).jobs["a"]
        #expect(expected?.basis == "no request was measured yet")
        #expect(expected?.startsAt == nil && expected?.endsAt == nil && expected?.meetsDeadline == nil)
    }

    @Test("what today has no money for ends tomorrow")
    func money() {
        var book = Budget.Day(cap: Cap(tokens: 10_000))
        book.spent = Amount(usd: .zero, tokens: 9000)
        let expected = Forecast(
            of: [standing("a", lines: 200)], pace: pace(), rules(day: Cap(tokens: 10_000)), book: book, at: now
        ).jobs["a"]
        #expect(expected?.startsAt == now)
        #expect(expected?.endsAt.map { $0 > now + .seconds(15 * 3600) } == true)
    }

    @Test("a pace is read as it was written, and newer answers count more")
    func record() {
        var pace = pace()
        #expect(Pace(pace.bytes) == pace)
        for _ in 0..<1000 {
            pace.note(lane: Lane.defaultName, model: "m", seconds: 4, spent: .zero, at: now + .seconds(9))
        }
        let mean = pace.lanes[Lane.defaultName]
        #expect(mean.map { $0.requests == 256 && $0.seconds > 3.9 && $0.at == now + .seconds(9) } == true)
        #expect(Pace(Array(#"{"lanes":{"a":{}}}"#.utf8)) == nil)
    }
}
