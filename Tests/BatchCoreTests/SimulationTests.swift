import BatchCore
import TestSupport
import Testing

@Suite(
    "A simulation runs a trace as the daemon would: its slots, windows, shards and caps, and to the same figures again")
struct SimulationTests {
    /// A Tuesday, 09:00 UTC.
    private let morning = Timestamp(seconds: 1_795_510_800)

    private func rules(_ lanes: [Lane], concurrency: Int = 64, day: Cap = Cap()) -> SimulationRules {
        var budget = BudgetPolicy()
        budget.day = day
        let model = Model(
            name: "m", endpoint: "e",
            price: Price(input: Money(picodollars: 1_000_000), output: Money(picodollars: 2_000_000)),
            maxOutputTokens: 100)
        return SimulationRules(
            schedule: Scheduler.Rules(
                lanes: Dictionary(uniqueKeysWithValues: lanes.map { ($0.name, $0) }), concurrency: concurrency),
            budget: budget,
            catalogue: ModelCatalogue(endpoints: ["e": Endpoint(name: "e", url: "")], models: ["m": model]),
            shardOverhead: .zero)
    }

    private func lane(_ concurrency: Int, named name: String = Lane.defaultName, shard: Int = 200) -> Lane {
        var lane = Lane(name: name)
        lane.concurrency = concurrency
        lane.shardLines = shard
        return lane
    }

    private func file(
        _ lane: String = Lane.defaultName, after: Duration = .zero, lines: Int, seconds: Double = 1
    ) -> TracedArrival {
        TracedArrival(
            at: morning + after, lane: lane, name: lane, lines: lines, inputTokens: 10, outputTokens: 5,
            seconds: seconds)
    }

    @Test("slots that are never empty: lines over slots, times the seconds of one; the cost is that of the tokens")
    func slots() {
        let result = Simulation([file(lines: 400)], rules([lane(4, shard: 10)])).run()
        #expect(result.jobs[0].endedAt == morning + .seconds(100))
        #expect(result.jobs[0].startedAt == morning)
        #expect(result.jobs[0].shards == 40)
        #expect(result.total.spent == Money(picodollars: 400 * 20_000_000))
        #expect(abs((result.lanes[0].utilisation) - 1) < 1e-9)
        #expect(abs((result.total.utilisation) - 4.0 / 64) < 1e-9)
        // Of one request: 4 × 10 + 80 of the prompt, 100 of the answer.
        #expect(result.mostReserved.tokens <= 14 * 220 && result.mostReserved.tokens >= 10 * 220)
    }

    @Test("the daemon's slots bind where they are fewer than the lane's")
    func daemonSlots() {
        let result = Simulation([file(lines: 40)], rules([lane(8)], concurrency: 2)).run()
        #expect(result.jobs[0].endedAt == morning + .seconds(20))
    }

    @Test("the canary is done before anything else begins")
    func canary() {
        var rules = rules([lane(4, shard: 10)])
        rules.canaryLines = [Lane.defaultName: 5]
        let result = Simulation([file(lines: 48)], rules).run()
        // Two for the canary, in whose second one three slots are empty; eleven for the other 43.
        #expect(result.jobs[0].endedAt == morning + .seconds(13))
    }

    @Test("the overhead of a shard is on top where slots are empty meanwhile")
    func overhead() {
        var rules = rules([lane(4, shard: 4)])
        rules.shardOverhead = .milliseconds(500)
        let result = Simulation([file(lines: 16)], rules).run()
        #expect(result.jobs[0].endedAt == morning + .seconds(6))
    }

    @Test("a closed window is waited for, and named as the reason")
    func window() {
        var night = lane(4, named: "nightly")
        night.windows = [TimeWindow(startMinute: 22 * 60, endMinute: 6 * 60)]
        let result = Simulation([file("nightly", lines: 8)], rules([night])).run()
        #expect(result.jobs[0].startedAt == morning + .seconds(13 * 3600))
        #expect(result.jobs[0].parkedForWindow == .seconds(13 * 3600))
        #expect(result.jobs[0].parkedForBudget == .zero)
    }

    @Test("what the day's cap cannot pay goes on at midnight; no more than the cap is ever set aside")
    func budget() {
        // 200 requests a day at their worst case.
        let cap = Cap(tokens: 200 * 220)
        let result = Simulation([file(lines: 4000)], rules([lane(4, shard: 50)], day: cap)).run()
        #expect(result.jobs[0].parkedForBudget > .seconds(14 * 3600))
        #expect(result.mostReserved.tokens <= 200 * 220)
        #expect(result.jobs[0].endedAt.map { $0 > morning + .seconds(15 * 3600) } == true)
        #expect(result.total.tokens == 4000 * 15)
    }

    @Test("what no day can pay for never ends, and is counted")
    func never() {
        let result = Simulation([file(lines: 3)], rules([lane(4)], day: Cap(tokens: 100))).run()
        #expect(result.jobs[0].endedAt == nil && result.total.unfinished == 1 && result.total.refusedLines == 3)
    }

    @Test("an urgent file waits for the end of a shard, not of the job before it")
    func urgent() {
        var urgent = lane(4, named: "urgent")
        urgent.priority = 1
        let arrivals = [file(lines: 4000), file("urgent", after: .seconds(10), lines: 4)]
        let result = Simulation(arrivals, rules([lane(4, shard: 8), urgent], concurrency: 4)).run()
        let waited = result.jobs[1].startedAt.map { $0 - result.jobs[1].arrivedAt } ?? .seconds(9999)
        #expect(waited <= .seconds(4), "\(waited)")
    }

    @Test("a minute's limit of an endpoint is kept")
    func limits() {
        var rules = rules([lane(16)])
        rules.catalogue.endpoints["e"]?.limits = RateLimits(requestsPerMinute: 60)
        let result = Simulation([file(lines: 180)], rules).run()
        let taken = result.jobs[0].endedAt.map { $0 - morning } ?? .zero
        #expect(taken > .seconds(120) && taken < .seconds(130), "\(taken)")
    }

    @Test("rejected shards are paid for and run again")
    func bad() {
        var arrival = file(lines: 1000)
        arrival.bad = 1
        let result = Simulation([arrival], rules([lane(4, shard: 100)])).run()
        #expect(result.jobs[0].rejectedShards == 10 && result.jobs[0].redoneLines == 1000)
        #expect(result.total.spent == Money(picodollars: 2000 * 20_000_000))
    }

    @Test("expected of crashes: what is in flight, whatever the size of a shard; what is not judged grows with it")
    func crashes() {
        var unjudged: [Double] = []
        for size in [20, 200] {
            var rules = rules([lane(4, shard: size)])
            rules.crashEvery = .seconds(100)
            let result = Simulation([file(lines: 4000)], rules).run()
            #expect(abs((result.crashes?.count ?? 0) - 10) < 1e-9)
            #expect(abs((result.crashes?.linesRedone ?? 0) - 40) < 1e-6)
            unjudged.append(result.unjudgedLines)
        }
        #expect(unjudged[0] > 5 && unjudged[1] > 5 * unjudged[0], "\(unjudged)")
    }

    @Test(
        "random traces: every line is paid for once, no slot holds two, the caps hold, and the same seed tells the same"
    )
    func random() {
        for seed in 0..<UInt64(8) {
            var random = SeededGenerator(seed: seed)
            var lanes = [lane(Int.random(in: 1...16, using: &random), shard: Int.random(in: 1...60, using: &random))]
            lanes.append(
                lane(Int.random(in: 1...16, using: &random), named: "a", shard: Int.random(in: 1...60, using: &random)))
            lanes[1].priority = Int.random(in: 50...150, using: &random)
            if random.once(in: 2) { lanes[1].windows = [TimeWindow(startMinute: 600, endMinute: 700)] }
            if random.once(in: 2) { lanes[0].maxWait = .seconds(30) }
            let cap = Cap(tokens: Int.random(in: 2000...200_000, using: &random))
            var rules = rules(lanes, concurrency: Int.random(in: 1...24, using: &random), day: cap)
            rules.shardOverhead = .milliseconds(Int.random(in: 0...100, using: &random))
            rules.canaryLines = [Lane.defaultName: Int.random(in: 0...10, using: &random)]
            let arrivals = (0..<Int.random(in: 1...20, using: &random)).map { _ in
                var arrival = file(
                    random.once(in: 2) ? "a" : Lane.defaultName,
                    after: .seconds(Int.random(in: 0...36_000, using: &random)),
                    lines: Int.random(in: 1...300, using: &random), seconds: Double.random(in: 0.1...20, using: &random)
                )
                arrival.spread = Double.random(in: 0...1, using: &random)
                arrival.outputTokens = 0
                return arrival
            }
            let result = Simulation(arrivals, rules).run()
            let lines = arrivals.reduce(0) { $0 + $1.lines }
            #expect(result.total.unfinished == 0, "seed \(seed)")
            #expect(result.total.tokens == 10 * lines, "seed \(seed)")
            #expect(result.total.utilisation <= 1 && result.lanes.allSatisfy { $0.utilisation <= 1 }, "seed \(seed)")
            #expect(result.mostReserved.fits(cap), "seed \(seed)")
            #expect(result.jobs == Simulation(arrivals, rules).run().jobs, "seed \(seed)")
        }
    }
}
