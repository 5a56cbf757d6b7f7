/// What became of one arrival of a simulation.
package struct SimulatedJob: Equatable, Sendable {
    package let name: String
    package let lane: String
    package let lines: Int
    package let arrivedAt: Timestamp
    package let deadline: Timestamp?
    /// Of its first request; nil: none was sent.
    package internal(set) var startedAt: Timestamp?
    /// nil: it does not end, for want of money, of a window or of time.
    package internal(set) var endedAt: Timestamp?
    /// Of a job that does not end: what it waits for last.
    package internal(set) var reason: String?
    package internal(set) var shards = 0
    package internal(set) var rejectedShards = 0
    package internal(set) var redoneLines = 0
    package internal(set) var refusedLines = 0
    package internal(set) var spent = Money.zero
    package internal(set) var tokens = 0
    package internal(set) var parkedForBudget = Duration.zero
    package internal(set) var parkedForWindow = Duration.zero

    init(name: String, lane: String, lines: Int, arrivedAt: Timestamp, deadline: Timestamp?) {
        self.name = name
        self.lane = lane
        self.lines = lines
        self.arrivedAt = arrivedAt
        self.deadline = deadline
    }

    package var missesDeadline: Bool { deadline.map { (endedAt ?? Timestamp(milliseconds: .max)) > $0 } ?? false }
}

/// Sums over time, in microseconds times what is summed.
struct SimulatedTimes {
    private(set) var inFlight: [String: Double] = [:]
    /// In picodollars.
    private(set) var atRisk = 0.0
    private(set) var unjudged = 0.0
    private(set) var mostReserved = Amount.zero

    mutating func note(lane: String, inFlightFor length: Int64, worstCase: Money) {
        inFlight[lane, default: 0] += Double(length)
        atRisk += Double(length) * Double(worstCase.picodollars)
    }

    /// - Parameter times: the sum of the times of the answers.
    mutating func note(answered count: Int, at times: Double, judged now: Int64) {
        unjudged += Double(count) * Double(now) - times
    }

    mutating func note(reserved: Amount) {
        mostReserved = Amount(
            usd: max(mostReserved.usd, reserved.usd), tokens: max(mostReserved.tokens, reserved.tokens))
    }
}

/// What a simulation comes to.
package struct SimulationResult: Sendable {
    /// Seconds, over the jobs that have them; nil: none has.
    package struct Spread: Equatable, Sendable {
        package let median: Double
        package let p90: Double
        package let most: Double

        init?(_ values: [Double]) {
            if values.isEmpty { return nil }
            let sorted = values.sorted()
            func quantile(_ share: Double) -> Double {
                sorted[max(0, Int((share * Double(sorted.count)).rounded(.up)) - 1)]
            }
            (median, p90, most) = (quantile(0.5), quantile(0.9), quantile(1))
        }
    }

    package struct LaneFigures: Sendable {
        /// nil: all lanes.
        package let lane: String?
        package let jobs: Int
        package let unfinished: Int
        package let lines: Int
        package let shards: Int
        package let rejectedShards: Int
        package let redoneLines: Int
        package let refusedLines: Int
        package let spent: Money
        package let tokens: Int
        /// From the arrival of a file to its first request.
        package let waiting: Spread?
        /// From its arrival to its end.
        package let turnaround: Spread?
        /// Of the slots over the whole time, those that had a request in flight; from 0 to 1.
        package let utilisation: Double
        /// Summed over its jobs.
        package let parkedForBudget: Duration
        package let parkedForWindow: Duration
        package let deadlinesMissed: Int
    }

    /// What crashes are expected to cost.
    package struct Crashes: Equatable, Sendable {
        package let count: Double
        /// Requests in flight: paid for at their worst case, and sent once more.
        package let linesRedone: Double
        package let costUSD: Double
    }

    package let jobs: [SimulatedJob]
    /// By name.
    package let lanes: [LaneFigures]
    package let total: LaneFigures
    /// From the first arrival to the last end.
    package let span: Duration
    /// The most that was set aside at a time.
    package let mostReserved: Amount
    /// Answers that stand in a shard which is not judged yet, on average over the whole time.
    package let unjudgedLines: Double
    /// nil: no crash was asked for.
    package let crashes: Crashes?

    init(_ jobs: [SimulatedJob], _ times: SimulatedTimes, _ rules: SimulationRules) {
        self.jobs = jobs
        let first = jobs.map(\.arrivedAt).min() ?? Timestamp(seconds: 0)
        let last = jobs.compactMap(\.endedAt).max() ?? first
        let span = max(.milliseconds(1), last - first)
        self.span = span
        let microseconds = span / .microseconds(1)
        func figures(_ lane: String?, _ jobs: [SimulatedJob], slots: Int, _ inFlight: Double) -> LaneFigures {
            func seconds(_ end: (SimulatedJob) -> Timestamp?) -> [Double] {
                jobs.compactMap { job in end(job).map { ($0 - job.arrivedAt) / .seconds(1) } }
            }
            return LaneFigures(
                lane: lane, jobs: jobs.count, unfinished: jobs.count { $0.endedAt == nil },
                lines: jobs.reduce(0) { $0 + $1.lines }, shards: jobs.reduce(0) { $0 + $1.shards },
                rejectedShards: jobs.reduce(0) { $0 + $1.rejectedShards },
                redoneLines: jobs.reduce(0) { $0 + $1.redoneLines },
                refusedLines: jobs.reduce(0) { $0 + $1.refusedLines }, spent: jobs.reduce(.zero) { $0 + $1.spent },
                tokens: jobs.reduce(0) { $0 + $1.tokens }, waiting: Spread(seconds(\.startedAt)),
                turnaround: Spread(seconds(\.endedAt)), utilisation: inFlight / microseconds / Double(slots),
                parkedForBudget: jobs.reduce(.zero) { $0 + $1.parkedForBudget },
                parkedForWindow: jobs.reduce(.zero) { $0 + $1.parkedForWindow },
                deadlinesMissed: jobs.count(where: \.missesDeadline))
        }
        lanes = Dictionary(grouping: jobs, by: \.lane).sorted { $0.key < $1.key }.map { lane, jobs in
            figures(lane, jobs, slots: rules.schedule.lane(lane).concurrency, times.inFlight[lane] ?? 0)
        }
        let inFlight = times.inFlight.values.reduce(0, +)
        total = figures(nil, jobs, slots: rules.schedule.concurrency, inFlight)
        mostReserved = times.mostReserved
        unjudgedLines = times.unjudged / microseconds
        crashes = rules.crashEvery.map { every in
            let count = span / every
            return Crashes(
                count: count, linesRedone: count * inFlight / microseconds,
                costUSD: count * times.atRisk / microseconds / 1e12)
        }
    }
}
