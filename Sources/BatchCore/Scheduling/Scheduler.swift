/// WHEN, as a value: what happens goes in, what is to be done comes out. It knows lanes and shards, the clock only by
/// what it is told, and nothing of models, endpoints or money.
///
/// A shard starts when a slot of its lane would stand empty otherwise, and one of the whole daemon: not sooner, so that
/// who comes later and is more urgent waits for the end of a shard, not of a job. Who starts next, of those whose lane
/// has a free slot and an open window:
/// 1. what has waited longer than the `max_wait` of its lane, the longest first: beyond this bound no lane starves;
/// 2. the lanes of the lowest priority number;
/// 3. among these the lane with the smallest share so far, by worst-case tokens over weight (start-time fair queueing:
///    Goyal, Vin, Cheng, SIGCOMM 1996). While two lanes both wait and have a free slot, what this rule has given them
///    differs, each over its weight, by at most the largest shard of each over its weight;
/// 4. in a lane the earliest deadline; where none is set, the job with the smallest share so far;
/// 5. the earliest claim, then the order of the plan.
package struct Scheduler: Sendable {
    package struct ShardID: Hashable, Sendable {
        package let job: String
        package let shard: Int

        package init(job: String, shard: Int) {
            self.job = job
            self.shard = shard
        }
    }

    /// A shard that could start.
    package struct Ask: Sendable {
        package let id: ShardID
        package let lane: String
        /// That have no outcome yet.
        package let requests: Int
        /// What these can take at the most.
        package let tokens: Int
        package let claimedAt: Timestamp

        package init(id: ShardID, lane: String, requests: Int, tokens: Int, claimedAt: Timestamp) {
            self.id = id
            self.lane = lane
            self.requests = requests
            self.tokens = tokens
            self.claimedAt = claimedAt
        }
    }

    package enum Event: Sendable {
        case asks(Ask)
        /// So many requests of a shard that has started could be in flight: none, while it waits for something else
        /// than a slot.
        case busy(ShardID, requests: Int)
        /// It is done, or waits no longer.
        case ended(ShardID)
        /// Time has passed.
        case tick
        case configured(Rules)
    }

    package enum Action: Equatable, Sendable {
        case start(ShardID)
        /// The window of its lane is closed.
        case sendAway(ShardID)
    }

    /// What the configuration decides.
    package struct Rules: Sendable {
        /// A lane that is none of them goes by the default lane's.
        package var lanes: [String: Lane]
        /// Requests in flight at a time, of all lanes together.
        package var concurrency: Int
        package var calendar: TimeZoneRules

        package init(lanes: [String: Lane], concurrency: Int, calendar: TimeZoneRules = .utc) {
            self.lanes = lanes
            self.concurrency = concurrency
            self.calendar = calendar
        }

        package func lane(_ name: String) -> Lane {
            lanes[name] ?? lanes[Lane.defaultName] ?? Lane(name: Lane.defaultName)
        }

        /// May shards of the lane start now?
        package func isOpen(_ lane: Lane, at time: Timestamp) -> Bool {
            if lane.windows.isEmpty { return true }
            let minute = calendar.minuteOfDay(at: time)
            return lane.windows.contains { $0.contains(minute: minute) }
        }
    }

    private struct Waiting {
        let ask: Ask
        let since: Timestamp
    }

    private struct Started {
        let lane: String
        var requests: Int
    }

    /// Jobs of a lane whose share is known at the least; more than are at work in it at a time.
    private static let jobsRemembered = 64

    private var rules: Rules
    private var waiting: [Waiting] = []
    private var started: [ShardID: Started] = [:]
    /// Of the shards that have started, by lane: requests that could be in flight.
    private var demand: [String: Int] = [:]
    /// Of the lanes of each priority.
    private var lanes: [Int: FairShares<String>] = [:]
    /// Of the jobs of each lane.
    private var jobs: [String: FairShares<String>] = [:]

    package init(_ rules: Rules) {
        self.rules = rules
    }

    /// Has any shard of the job started, and not ended?
    package func isStarted(_ job: String) -> Bool { started.keys.contains { $0.job == job } }

    package mutating func handle(_ event: Event, at time: Timestamp) -> [Action] {
        switch event {
        case .asks(let ask):
            join(ask)
            waiting.append(Waiting(ask: ask, since: time))
        case .busy(let id, let requests):
            guard let shard = started[id] else { return [] }
            demand[shard.lane, default: 0] += requests - shard.requests
            started[id]?.requests = requests
        case .ended(let id):
            if let shard = started.removeValue(forKey: id) {
                demand[shard.lane, default: 0] -= shard.requests
            } else {
                waiting.removeAll { $0.ask.id == id }
            }
            forgetIfIdle()
        case .configured(let rules): reconfigure(rules)
        case .tick: break
        }
        if waiting.isEmpty { return [] }
        let actions = actions(at: time)
        forgetIfIdle()
        return actions
    }

    private mutating func actions(at time: Timestamp) -> [Action] {
        var actions: [Action] = []
        let closed = Set(Set(waiting.map(\.ask.lane)).filter { !rules.isOpen(rules.lane($0), at: time) })
        if !closed.isEmpty {
            actions = waiting.filter { closed.contains($0.ask.lane) }.map { .sendAway($0.ask.id) }
            waiting.removeAll { closed.contains($0.ask.lane) }
        }
        while let index = next(at: time) {
            let ask = waiting.remove(at: index).ask
            start(ask)
            actions.append(.start(ask.id))
        }
        return actions
    }

    /// The place in `waiting` of what starts next; nil: nothing may.
    private func next(at time: Timestamp) -> Int? {
        guard inFlight < rules.concurrency else { return nil }
        let free = waiting.indices.filter { hasFreeSlot(waiting[$0].ask.lane) }
        let overdue = free.filter { isOverdue(waiting[$0], at: time) }
        if let first = overdue.min(by: { waiting[$0].since < waiting[$1].since }) { return first }
        return free.min { rank(waiting[$0].ask) < rank(waiting[$1].ask) }
    }

    /// As many requests as are in flight, if each lane sends what it has.
    private var inFlight: Int { demand.reduce(0) { $0 + min($1.value, rules.lane($1.key).concurrency) } }

    private func hasFreeSlot(_ lane: String) -> Bool { demand[lane, default: 0] < rules.lane(lane).concurrency }

    private func isOverdue(_ shard: Waiting, at time: Timestamp) -> Bool {
        rules.lane(shard.ask.lane).maxWait.map { time >= shard.since + $0 } ?? false
    }

    private func rank(_ ask: Ask) -> Rank {
        let lane = rules.lane(ask.lane)
        return Rank(
            priority: lane.priority, laneShare: lanes[lane.priority]?.start(of: ask.lane) ?? 0, lane: ask.lane,
            deadline: lane.deadline.map { ask.claimedAt + $0 },
            jobShare: lane.deadline == nil ? jobs[ask.lane]?.start(of: ask.id.job) ?? 0 : 0,
            claimedAt: ask.claimedAt, id: ask.id)
    }

    /// Whoever did not wait until now has saved nothing up.
    private mutating func join(_ ask: Ask) {
        if !waiting.contains(where: { $0.ask.lane == ask.lane }) {
            lanes[rules.lane(ask.lane).priority, default: FairShares()].join(ask.lane)
        }
        if !waiting.contains(where: { $0.ask.id.job == ask.id.job }) {
            jobs[ask.lane, default: FairShares()].join(ask.id.job)
            forgetJobs(of: ask.lane, but: ask.id.job)
        }
    }

    private mutating func start(_ ask: Ask) {
        let lane = rules.lane(ask.lane)
        let peers = Set(waiting.lazy.map(\.ask.lane))
            .filter { $0 != ask.lane && rules.lane($0).priority == lane.priority }
        let able = peers.filter { hasFreeSlot($0) }
        let others = Set(
            waiting.lazy.filter { $0.ask.lane == ask.lane && $0.ask.id.job != ask.id.job }.map(\.ask.id.job))
        lanes[lane.priority, default: FairShares()]
            .charge(ask.lane, Double(ask.tokens) / Double(lane.weight), among: able)
        for lane in peers.subtracting(able) { lanes[rules.lane(lane).priority]?.join(lane) }
        jobs[ask.lane, default: FairShares()].charge(ask.id.job, Double(ask.tokens), among: others)
        started[ask.id] = Started(lane: ask.lane, requests: ask.requests)
        demand[ask.lane, default: 0] += ask.requests
    }

    /// Most jobs that a lane was shared among have left: a lane that is never idle would remember them for ever.
    private mutating func forgetJobs(of lane: String, but job: String) {
        guard jobs[lane]?.count ?? 0 > Self.jobsRemembered else { return }
        let atWork = Set(waiting.lazy.map(\.ask.id.job)).union(started.keys.lazy.map(\.job))
        jobs[lane]?.forget { $0 == job || atWork.contains($0) }
    }

    /// Nothing is left to be fair about: what was given is forgotten, so that no book grows.
    private mutating func forgetIfIdle() {
        guard waiting.isEmpty, started.isEmpty else { return }
        lanes = [:]
        jobs = [:]
        demand = [:]
    }

    /// Shares begin anew: they were counted by other weights.
    private mutating func reconfigure(_ new: Rules) {
        rules = new
        lanes = [:]
        jobs = [:]
    }
}

/// What is compared, in this order.
private struct Rank: Comparable {
    let priority: Int
    let laneShare: Double
    let lane: String
    let deadline: Timestamp?
    let jobShare: Double
    let claimedAt: Timestamp
    let id: Scheduler.ShardID

    static func < (one: Rank, other: Rank) -> Bool {
        let lanes = (one.priority, one.laneShare, one.lane)
        let others = (other.priority, other.laneShare, other.lane)
        if lanes != others { return lanes < others }
        let time = (one.deadline?.milliseconds ?? .max, one.jobShare)
        let otherTime = (other.deadline?.milliseconds ?? .max, other.jobShare)
        if time != otherTime { return time < otherTime }
        return (one.claimedAt, one.id.job, one.id.shard) < (other.claimedAt, other.id.job, other.id.shard)
    }
}
