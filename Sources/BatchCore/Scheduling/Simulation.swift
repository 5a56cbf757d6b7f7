/// Days of arrivals in seconds: the queue, the scheduler, the planner of shards, the budget and the rate windows are
/// the values by which the daemon works; requests, clock and disk are pretended. Discrete events, in microseconds:
/// the same trace and rules give the same figures.
///
/// Left out: reading a file (it takes no time), lines that are refused, duplicates, retries of requests, escalation,
/// judges. A rejected shard is run once more by its own job, and accepted then.
package struct Simulation {
    enum Event {
        /// A job, by its place.
        case arrives(Int)
        /// A parked job may go on.
        case wakes(Int)
        /// A shard has its turn, and its files.
        case ready(Int)
        case answered(Flight)
        case opens(endpoint: String)
    }

    /// A request on its way.
    struct Flight {
        let shard: Int
        let began: Int64
        let cost: Amount
        let pass: RateWindow.Pass?
    }

    /// A shard that asks for its turn or has it.
    struct Shard {
        let id: Scheduler.ShardID
        let job: Int
        let piece: SimulatedWork.Piece
        /// Of its requests, those that no reservation has paid for yet.
        var unsent: Int
        /// Of the round that is paid for, those that are not answered.
        var roundLeft = 0
        var round = 0
        var day = CivilDate(daysSinceEpoch: 0)
        var settlement = Settlement()
        /// What the scheduler was told.
        var busy: Int
        var answered = 0
        /// The sum of the times of its answers.
        var answerTimes: Double = 0

        var left: Int { unsent + roundLeft }
        var reservation: ReservationID { ReservationID(job: id.job, shard: id.shard) }
    }

    let rules: SimulationRules
    var jobs: [SimulatedWork] = []
    var shards: [Int: Shard] = [:]
    var shardPlaces: [Scheduler.ShardID: Int] = [:]
    var shardCount = 0
    private var events = EventLine<Event>()
    var now: Int64 = 0
    private var queue = JobQueue()
    var scheduler: Scheduler
    var budget: Budget
    /// Shards that wait for money which is set aside elsewhere.
    var waitingForMoney: [Int] = []
    var laneSlots: [String: SlotLine] = [:]
    var allSlots: SlotLine
    var endpoints: [String: SimulatedEndpoint] = [:]
    var random: SimulatedRandom
    var figures = SimulatedTimes()

    /// - Parameter arrivals: of lanes and models that the rules have (`SimulationRules.check`).
    package init(_ arrivals: [TracedArrival], _ rules: SimulationRules) {
        self.init(arrivals, rules, book: nil, at: arrivals.map(\.at).min() ?? Timestamp(seconds: 0))
    }

    /// - Parameters:
    ///   - book: of the day of `start`, with which it begins.
    init(_ arrivals: [TracedArrival], _ rules: SimulationRules, book: Budget.Day?, at start: Timestamp) {
        self.rules = rules
        scheduler = Scheduler(rules.schedule)
        budget = Budget(policy: rules.budget)
        allSlots = SlotLine(rules.schedule.concurrency)
        random = SimulatedRandom(state: rules.seed)
        if let book { take(over: book, on: rules.schedule.calendar.day(at: start)) }
        for (place, arrival) in arrivals.enumerated() {
            guard let model = rules.model(of: arrival) else { preconditionFailure("\(arrival) has no model") }
            jobs.append(SimulatedWork(arrival, place: place, model: model, rules))
            events.add(.arrives(place), at: arrival.at.milliseconds * 1000)
            endpoints[model.endpoint] = SimulatedEndpoint(rules.catalogue.endpoints[model.endpoint], since: start)
        }
    }

    /// What is committed of today stays so: by lane, as far as its caps go; what is set aside is of jobs that go on.
    private mutating func take(over book: Budget.Day, on day: CivilDate) {
        budget.open(day, cap: book.cap)
        var rest = book.spent + book.unknown
        for name in rules.budget.lanes.keys.sorted() {
            let share = book.shares[.lane(name)] ?? .zero
            let spent = Amount(usd: min(share.usd, rest.usd), tokens: min(share.tokens, rest.tokens))
            rest -= spent
            spend(spent, in: name, on: day)
        }
        spend(rest, in: "", on: day)
    }

    private mutating func spend(_ amount: Amount, in lane: String, on day: CivilDate) {
        let id = ReservationID(job: "before", shard: budget.days[day]?.open.count ?? 0)
        budget.book(ReservationRequest(id: id, lane: lane, model: "", uid: 0, round: 1), amount, on: day)
        budget.settle(id, Settlement(spent: amount), on: day)
    }

    /// Runs to the end of the last job, or to the horizon.
    package consuming func run() -> SimulationResult {
        let last = jobs.map(\.arrival.at).max() ?? Timestamp(seconds: 0)
        let horizon = (last + rules.horizon).milliseconds * 1000
        while let (at, event) = events.next(), at <= horizon {
            now = at
            handle(event)
        }
        return SimulationResult(jobs.map(\.result), figures, rules)
    }

    private mutating func handle(_ event: Event) {
        switch event {
        case .arrives(let job): if !jobs[job].fitsNever { enqueue(job) }
        case .wakes(let job):
            jobs[job].goOn(at: time)
            enqueue(job)
        case .ready(let shard): reserve(shard)
        case .answered(let flight): take(flight)
        case .opens(let endpoint):
            endpoints[endpoint]?.opensAt = nil
            goOn(endpoint)
        }
    }

    var time: Timestamp { Timestamp(milliseconds: now / 1000) }

    mutating func add(_ event: Event, after microseconds: Int64) { events.add(event, at: now + microseconds) }

    // MARK: Jobs

    private mutating func enqueue(_ job: Int) {
        queue.add(jobs[job].entry)
        startJobs()
    }

    private mutating func startJobs() {
        while let entry = queue.next() {
            guard let job = Int(entry.job) else { preconditionFailure("\(entry.job) is the place of no job") }
            jobs[job].begin(rules, dayCap: rules.budget.day)
            fill(job)
        }
    }

    /// Asks for the turns of as many shards of a job as may stand in line at a time.
    private mutating func fill(_ job: Int) {
        while let piece = jobs[job].next() {
            shardCount += 1
            let id = Scheduler.ShardID(job: jobs[job].entry.job, shard: piece.number)
            shards[shardCount] = Shard(id: id, job: job, piece: piece, unsent: piece.lines, busy: piece.lines)
            shardPlaces[id] = shardCount
            jobs[job].active += 1
            tell(
                .asks(
                    Scheduler.Ask(
                        id: id, lane: jobs[job].lane.name, requests: piece.lines,
                        tokens: piece.lines * jobs[job].worstCase.tokens, claimedAt: jobs[job].claimedAt)))
        }
        endIfNothingIsLeft(job)
    }

    private mutating func endIfNothingIsLeft(_ job: Int) {
        guard jobs[job].isAtWork, jobs[job].active == 0 else { return }
        if let hindrance = jobs[job].hindrance {
            jobs[job].park(at: time)
            if let wake = wake(jobs[job], hindrance) { events.add(.wakes(job), at: wake.milliseconds * 1000) }
        } else if jobs[job].isDone {
            jobs[job].end(at: time)
            budget.forget(job: jobs[job].entry.job)
        } else {
            return
        }
        _ = queue.end(jobs[job].entry.job)
        startJobs()
    }

    /// nil: never.
    private func wake(_ job: SimulatedWork, _ hindrance: SimulatedWork.Hindrance) -> Timestamp? {
        switch hindrance {
        case .window: rules.schedule.calendar.opening(of: job.lane.windows, after: time)
        case .budget(let refusal):
            if case .job = refusal.scope { nil } else { rules.schedule.calendar.nextDay(after: time) }
        }
    }

    // MARK: Shards

    mutating func tell(_ event: Scheduler.Event) {
        for action in scheduler.handle(event, at: time) {
            switch action {
            case .start(let id):
                guard let shard = shardPlaces[id] else { preconditionFailure("\(id) starts and did not ask") }
                let overhead = rules.shardOverhead.components
                add(.ready(shard), after: overhead.seconds * 1_000_000 + overhead.attoseconds / 1_000_000_000_000)
            case .sendAway(let id):
                guard let shard = shardPlaces[id] else { preconditionFailure("\(id) is sent away and did not ask") }
                leave(shard, .window)
            }
        }
    }

    /// A shard ends before all of it is answered: the rest of it is for later.
    mutating func leave(_ place: Int, _ hindrance: SimulatedWork.Hindrance) {
        guard let shard = forget(place) else { return }
        jobs[shard.job].takeBack(shard.piece, lines: shard.unsent, hindrance)
        endIfNothingIsLeft(shard.job)
    }

    mutating func forget(_ place: Int) -> Shard? {
        guard let shard = shards.removeValue(forKey: place) else { return nil }
        shardPlaces[shard.id] = nil
        jobs[shard.job].active -= 1
        figures.note(answered: shard.answered, at: shard.answerTimes, judged: now)
        return shard
    }

    /// All its requests have their outcomes; it is judged.
    mutating func finish(_ place: Int) {
        guard let shard = forget(place) else { return }
        let job = shard.job
        if !shard.piece.isRepeated, shard.answered > 0, random.next() < jobs[job].arrival.bad {
            jobs[job].redo(shard.piece)
        }
        tell(.ended(shard.id))
        fill(job)
    }

    /// - Parameter count: requests that could be in flight. What is more than the slots of the lane is all one.
    mutating func isBusy(_ place: Int, with count: Int) {
        guard let shard = shards[place], shard.busy != count else { return }
        shards[place]?.busy = count
        if min(shard.busy, count) < jobs[shard.job].lane.concurrency { tell(.busy(shard.id, requests: count)) }
    }
}
