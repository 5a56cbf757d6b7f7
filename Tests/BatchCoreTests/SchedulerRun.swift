import BatchCore
import TestSupport

/// Random events on a scheduler, and what it may do about them as its docstring says it: lanes of several priorities,
/// weights, windows and bounds, jobs of several shards, a clock that goes on.
struct SchedulerRun {
    private struct Waiting {
        let ask: Scheduler.Ask
        let since: Timestamp
    }

    private struct Job {
        let name: String
        let lane: String
        let claimedAt: Timestamp
        var shardsLeft: Int
        var nextShard = 1
        /// Shards that ask or run at a time.
        let width: Int
    }

    private var random: SeededGenerator
    private var rules: Scheduler.Rules
    private(set) var scheduler: Scheduler
    private var now = Timestamp(seconds: 1_795_500_000)
    private var jobs: [Job] = []
    private var jobCount = 0
    private var waiting: [Scheduler.ShardID: Waiting] = [:]
    private var started: [Scheduler.ShardID: (lane: String, requests: Int)] = [:]
    private var largest: [String: Double] = [:]
    private var laneTurns = Turns<String>()
    private var jobTurns = Turns<String>()
    private(set) var starts = 0
    private(set) var sentAway = 0
    private(set) var overdueStarts = 0
    private let plain: Bool

    /// - Parameter plain: without `max_wait`, windows, deadlines and reloads, so that shares alone decide.
    init(seed: UInt64, plain: Bool = false) {
        var random = SeededGenerator(seed: seed)
        var lanes: [String: Lane] = [:]
        for name in ["default", "a", "b", "c", "d"].prefix(Int.random(in: 2...5, using: &random)) {
            var lane = Lane(name: name)
            lane.priority = random.once(in: 2) ? 1 : Int.random(in: 1...3, using: &random)
            lane.weight = Int.random(in: 1...4, using: &random)
            lane.concurrency = Int.random(in: 1...16, using: &random)
            if !plain {
                if random.once(in: 2) { lane.maxWait = .seconds(Int.random(in: 1...60, using: &random)) }
                if random.once(in: 4) { lane.deadline = .seconds(Int.random(in: 60...600, using: &random)) }
                if random.once(in: 3) { lane.windows = [TimeWindow(startMinute: 600, endMinute: 610)] }
            }
            lanes[name] = lane
        }
        rules = Scheduler.Rules(lanes: lanes, concurrency: Int.random(in: 2...24, using: &random))
        scheduler = Scheduler(rules)
        self.plain = plain
        self.random = random
    }

    /// - Returns: what is wrong after one more event; nil if nothing is.
    mutating func step() -> String? {
        now = now + .milliseconds(Int.random(in: 0...800, using: &random))
        switch Int.random(in: 0..<20, using: &random) {
        case 0: addJob()
        case 1..<9: if let complaint = ask() { return complaint }
        case 9..<12: return busy()
        case 12..<18: return end()
        case 18 where !plain && random.once(in: 8): return reconfigure()
        case 18 where !plain && random.once(in: 20): now = now + .seconds(Int.random(in: 60...43_200, using: &random))
        case 19 where random.once(in: 10): return withdraw()
        default: return handle(.tick)
        }
        return nil
    }

    /// Everything that runs or waits ends; nothing of it may be left.
    mutating func drain() -> String? {
        jobs = []
        while let id = waiting.keys.first {
            waiting[id] = nil
            if let complaint = handle(.ended(id)) { return complaint }
        }
        while let id = started.keys.first {
            started[id] = nil
            if let complaint = handle(.ended(id)) { return complaint }
        }
        return nil
    }

    private mutating func addJob() {
        guard jobs.count < 12, let lane = rules.lanes.keys.sorted().randomElement(using: &random) else { return }
        jobCount += 1
        jobs.append(
            Job(
                name: "job\(jobCount)", lane: lane, claimedAt: now + .seconds(-Int.random(in: 0...60, using: &random)),
                shardsLeft: random.once(in: 3) ? 1 : Int.random(in: 1...30, using: &random),
                width: Int.random(in: 1...3, using: &random)))
    }

    private mutating func ask() -> String? {
        guard let index = jobs.indices.randomElement(using: &random) else { return nil }
        let job = jobs[index]
        let open = waiting.keys.count { $0.job == job.name } + started.keys.count { $0.job == job.name }
        if job.shardsLeft == 0 {
            if open == 0 { jobs.remove(at: index) }
            return nil
        }
        guard open < job.width else { return nil }
        jobs[index].shardsLeft -= 1
        jobs[index].nextShard += 1
        let requests = Int.random(in: 1...40, using: &random)
        let ask = Scheduler.Ask(
            id: Scheduler.ShardID(job: job.name, shard: job.nextShard), lane: job.lane, requests: requests,
            tokens: requests * Int.random(in: 10...100, using: &random), claimedAt: job.claimedAt)
        waiting[ask.id] = Waiting(ask: ask, since: now)
        largest[job.lane] = max(largest[job.lane] ?? 0, Double(ask.tokens))
        return handle(.asks(ask))
    }

    private mutating func busy() -> String? {
        guard
            let id = started.keys.sorted(by: { ($0.job, $0.shard) < ($1.job, $1.shard) }).randomElement(using: &random)
        else { return nil }
        let requests = Int.random(in: 0...20, using: &random)
        started[id]?.requests = requests
        return handle(.busy(id, requests: requests))
    }

    private mutating func end() -> String? {
        guard
            let id = started.keys.sorted(by: { ($0.job, $0.shard) < ($1.job, $1.shard) }).randomElement(using: &random)
        else { return nil }
        started[id] = nil
        return handle(.ended(id))
    }

    private mutating func withdraw() -> String? {
        guard
            let id = waiting.keys.sorted(by: { ($0.job, $0.shard) < ($1.job, $1.shard) }).randomElement(using: &random)
        else { return nil }
        waiting[id] = nil
        return handle(.ended(id))
    }

    private mutating func reconfigure() -> String? {
        guard let name = rules.lanes.keys.sorted().randomElement(using: &random) else { return nil }
        rules.lanes[name]?.priority = Int.random(in: 1...3, using: &random)
        rules.lanes[name]?.concurrency = Int.random(in: 1...16, using: &random)
        rules.concurrency = Int.random(in: 2...24, using: &random)
        return handle(.configured(rules))
    }

    private mutating func handle(_ event: Scheduler.Event) -> String? {
        noteAbsent()
        for action in scheduler.handle(event, at: now) {
            switch action {
            case .sendAway(let id):
                guard let ask = waiting.removeValue(forKey: id)?.ask else {
                    return "\(id) is sent away and does not wait"
                }
                if isOpen(ask.lane) { return "\(id) is sent away while its window is open" }
                sentAway += 1
            case .start(let id): if let complaint = start(id) { return complaint }
            }
        }
        if let id = waiting.values.first(where: { !isOpen($0.ask.lane) })?.ask.id {
            return "\(id) waits at a closed window"
        }
        if let id = startable.first?.ask.id { return "\(id) waits, and could start" }
        return nil
    }

    private mutating func start(_ id: Scheduler.ShardID) -> String? {
        let candidates = startable
        guard let chosen = waiting.removeValue(forKey: id) else { return "\(id) starts and does not wait" }
        let lane = rules.lane(chosen.ask.lane)
        if !isOpen(lane.name) { return "\(id) starts while its window is closed" }
        guard candidates.contains(where: { $0.ask.id == id }) else { return "\(id) starts without a free slot" }
        if let longest = candidates.filter(isOverdue).map(\.since).min() {
            if !isOverdue(chosen) || chosen.since != longest { return "\(id) goes before what has waited too long" }
            overdueStarts += 1
        } else if let first = candidates.map({ rules.lane($0.ask.lane).priority }).min(), first < lane.priority {
            return "\(id) of priority \(lane.priority) goes before one of \(first)"
        }
        starts += 1
        started[id] = (chosen.ask.lane, chosen.ask.requests)
        return plain ? shares(chosen.ask, lane, candidates.map(\.ask)) : nil
    }

    /// The bound of rule 3, and the same for the jobs of a lane.
    private mutating func shares(_ ask: Scheduler.Ask, _ lane: Lane, _ candidates: [Scheduler.Ask]) -> String? {
        let peers = candidates.filter { rules.lane($0.lane).priority == lane.priority }
        laneTurns.note(
            lane.name, Double(ask.tokens) / Double(lane.weight), among: Set(peers.map(\.lane)), "\(lane.priority)")
        let laneBound = { (name: String) in (largest[name] ?? 0) / Double(rules.lane(name).weight) }
        if let complaint = laneTurns.complaint(in: "\(lane.priority)", laneBound) { return "lanes: \(complaint)" }
        jobTurns.note(
            ask.id.job, Double(ask.tokens), among: Set(candidates.filter { $0.lane == ask.lane }.map(\.id.job)),
            ask.lane)
        noteAbsent()
        let bound = largest[ask.lane] ?? 0
        return jobTurns.complaint(in: ask.lane) { _ in bound }.map { "jobs: \($0)" }
    }

    /// The bounds are of those who wait all the time.
    private mutating func noteAbsent() {
        let lanes = Set(waiting.values.map(\.ask.lane))
        for lane in laneTurns.parties where !lanes.contains(lane) { laneTurns.leave(lane) }
        let jobs = Set(waiting.keys.map(\.job))
        for job in jobTurns.parties where !jobs.contains(job) { jobTurns.leave(job) }
    }

    /// What waits, is let in by its window, and has a free slot in its lane and in the daemon.
    private var startable: [Waiting] {
        var demand: [String: Int] = [:]
        for shard in started.values { demand[shard.lane, default: 0] += shard.requests }
        let inFlight = demand.reduce(0) { $0 + min($1.value, rules.lane($1.key).concurrency) }
        guard inFlight < rules.concurrency else { return [] }
        return waiting.values.filter {
            isOpen($0.ask.lane) && demand[$0.ask.lane] ?? 0 < rules.lane($0.ask.lane).concurrency
        }
    }

    private func isOpen(_ name: String) -> Bool {
        let lane = rules.lane(name)
        let minute = Int(now.seconds % 86_400 / 60)
        return lane.windows.isEmpty || lane.windows.contains { $0.contains(minute: minute) }
    }

    private func isOverdue(_ shard: Waiting) -> Bool {
        rules.lane(shard.ask.lane).maxWait.map { now - shard.since >= $0 } ?? false
    }
}
