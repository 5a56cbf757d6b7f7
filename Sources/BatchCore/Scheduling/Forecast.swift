/// When the jobs that stand in line are expected to start and to end: a simulation of what is left of them, at the pace
/// that was measured, with today's money as it is. What arrives later is not in it.
package struct Forecast: Sendable {
    /// A job in line, or one that would be put there.
    package struct Standing: Sendable {
        package let job: String
        package let lane: String
        /// That are still to be sent; at least one.
        package let lines: Int
        package let claimedAt: Timestamp
        /// The model or route that its lines ask for; nil: the one that the lane's pace was measured with.
        package var model: String?
        /// Of one request, on average; nil: not known, and about what one has cost.
        package var worstCase: Amount?

        package init(
            job: String, lane: String, lines: Int, claimedAt: Timestamp, model: String? = nil, worstCase: Amount? = nil
        ) {
            self.job = job
            self.lane = lane
            self.lines = lines
            self.claimedAt = claimedAt
            self.model = model
            self.worstCase = worstCase
        }
    }

    package struct Expected: Equatable, Sendable {
        /// nil: not to be said; `basis` says why.
        package var startsAt: Timestamp?
        package var endsAt: Timestamp?
        /// nil: its lane has none.
        package var deadline: Timestamp?
        /// What it is computed from.
        package var basis: String

        /// nil: there is no deadline, or no end is expected.
        package var meetsDeadline: Bool? {
            guard let deadline, let endsAt else { return nil }
            return endsAt <= deadline
        }
    }

    /// By the name of the job.
    package let jobs: [String: Expected]

    /// Requests that are simulated one by one, in all; of more, neighbours of a shard are taken for one that takes as
    /// long as all of them, so that looking at a spool stays quick.
    private static let requestsInAll = 20_000

    /// - Parameters:
    ///   - book: what is committed today.
    package init(
        of standing: [Standing], pace: Pace, _ rules: SimulationRules, book: Budget.Day?, at now: Timestamp
    ) {
        var expected: [String: Expected] = [:]
        var arrivals: [TracedArrival] = []
        let bundle = max(1, standing.reduce(0) { $0 + $1.lines } / Self.requestsInAll)
        for entry in standing {
            let deadline = rules.schedule.lane(entry.lane).deadline.map { entry.claimedAt + $0 }
            guard let (lane, mean) = pace.mean(of: entry.lane) else {
                expected[entry.job] = Expected(deadline: deadline, basis: "no request was measured yet")
                continue
            }
            guard let arrival = Self.arrival(entry, mean, rules, bundle, at: now) else {
                expected[entry.job] = Expected(deadline: deadline, basis: "no model is known for it")
                continue
            }
            arrivals.append(arrival)
            let milliseconds = Int((mean.seconds * 1000).rounded())
            expected[entry.job] = Expected(
                deadline: deadline,
                basis: "\(milliseconds) ms a request, the mean of the last \(mean.requests) of the lane \(lane)")
        }
        let result = Simulation(arrivals, rules, book: book, at: now).run()
        for job in result.jobs {
            expected[job.name]?.startsAt = job.startedAt
            expected[job.name]?.endsAt = job.endedAt
            if let reason = job.reason { expected[job.name]?.basis += "; it does not end: \(reason)" }
        }
        jobs = expected
    }

    private static func arrival(
        _ entry: Standing, _ mean: Pace.Mean, _ rules: SimulationRules, _ bundle: Int, at now: Timestamp
    ) -> TracedArrival? {
        let lane = rules.schedule.lane(entry.lane)
        // A slot is held by one request at a time, so of a job there must be many more than slots.
        let most = min(lane.shardLines / 4, entry.lines / (8 * lane.concurrency))
        let bundle = max(1, min(bundle, most))
        var arrival = TracedArrival(
            at: now, claimedAt: entry.claimedAt, lane: entry.lane, name: entry.job, model: entry.model ?? mean.model,
            lines: max(1, entry.lines / bundle), seconds: max(0.000_001, mean.seconds) * Double(bundle))
        let usd = Money(picodollars: Int128(mean.usd * 1e12))
        let cost = Amount(usd: usd, tokens: Int(mean.tokens))
        let worst = entry.worstCase ?? cost
        arrival.bundle = bundle
        // No request is expected to cost more than it can.
        arrival.cost = Amount(usd: min(cost.usd, worst.usd), tokens: min(cost.tokens, worst.tokens)).times(bundle)
        arrival.worstCase = worst.times(bundle)
        return rules.model(of: arrival) == nil ? nil : arrival
    }
}

extension Amount {
    fileprivate func times(_ count: Int) -> Amount { Amount(usd: count * usd, tokens: count * tokens) }
}
