/// A job of a simulation: what of it is still to be run, and what has become of it.
struct SimulatedWork {
    /// A shard of the plan, or what is left of it.
    struct Piece {
        let number: Int
        var lines: Int
        let isCanary: Bool
        /// It was rejected once.
        var isRepeated = false
    }

    enum Hindrance {
        case window
        case budget(BudgetRefusal)
    }

    let arrival: TracedArrival
    let lane: Lane
    let entry: JobQueue.Entry
    let model: Model
    let claimedAt: Timestamp
    /// Of one request, at its arrival.
    let worstCase: Amount
    /// No day can pay for one request of it.
    let fitsNever: Bool

    /// In the order in which they ask; pieces before `taken` have asked.
    private var pieces: [Piece] = []
    private var taken = 0
    private var pieceCount = 0
    private var isPlanned = false
    private let width: Int

    private(set) var isAtWork = false
    /// Shards that ask for their turns or have them.
    var active = 0
    private(set) var hindrance: Hindrance?
    private var parkedAt: Timestamp?
    private(set) var result: SimulatedJob

    init(_ arrival: TracedArrival, place: Int, model: Model, _ rules: SimulationRules) {
        self.arrival = arrival
        self.model = model
        var lane = rules.schedule.lane(arrival.lane)
        lane.name = arrival.lane
        lane.shardLines = max(1, lane.shardLines / arrival.bundle)
        width = lane.shardsAtOnce
        self.lane = lane
        claimedAt = arrival.claimedAt ?? arrival.at
        entry = JobQueue.Entry(job: padded(place, to: 9), lane: lane, claimedAt: claimedAt)
        worstCase = rules.worstCase(of: arrival, model, at: arrival.at)
        fitsNever =
            rules.budget.refusalForEver(
                of: worstCase, lane: lane.name, models: [model.name], uid: 0, dayCap: rules.budget.day) != nil
        result = SimulatedJob(
            name: arrival.name, lane: lane.name, lines: arrival.lines, arrivedAt: arrival.at,
            deadline: lane.deadline.map { [claimedAt] in claimedAt + $0 })
        if fitsNever {
            result.refusedLines = arrival.lines
            result.reason = "one request costs more than a whole cap"
        }
    }

    /// It is opened: planned, the first time, as the daemon would plan it.
    mutating func begin(_ rules: SimulationRules, dayCap: Cap) {
        isAtWork = true
        if isPlanned { return }
        isPlanned = true
        let caps = [dayCap, rules.budget.lanes[lane.name] ?? Cap(), rules.budget.job]
        let limits = ShardPlanner.Limits(
            lines: lane.shardLines,
            cost: Cap(usd: caps.compactMap(\.usd).min(), tokens: caps.compactMap(\.tokens).min()),
            canaryLines: ((rules.canaryLines[lane.name] ?? 0) + arrival.bundle - 1) / arrival.bundle)
        var planner = ShardPlanner(limits: limits)
        let kind = RequestKind(url: .chatCompletions, model: model.name)
        for number in 1...arrival.lines {
            planner.add(
                ShardPlanner.Line(
                    number: number, kind: kind, bytes: 4 * arrival.inputTokens, worstCase: worstCase,
                    disposition: .fresh))
        }
        pieces = planner.finish().shards.map {
            Piece(number: $0.number, lines: $0.lines.count, isCanary: $0.role == .canary)
        }
        pieceCount = pieces.count
        result.shards = pieces.count
    }

    /// The next shard that may ask; nil: none may now. The canary is judged before the others ask.
    mutating func next() -> Piece? {
        guard hindrance == nil, active < width, taken < pieces.count else { return nil }
        if active > 0, taken > 0, pieces[taken - 1].isCanary, !pieces[taken].isCanary { return nil }
        taken += 1
        return pieces[taken - 1]
    }

    var isDone: Bool { taken == pieces.count }

    mutating func takeBack(_ piece: Piece, lines: Int, _ reason: Hindrance) {
        hindrance = hindrance ?? reason
        var rest = piece
        rest.lines = lines
        taken -= 1
        pieces[taken] = rest
    }

    mutating func redo(_ piece: Piece) {
        pieceCount += 1
        pieces.append(Piece(number: pieceCount, lines: piece.lines, isCanary: false, isRepeated: true))
        result.shards += 1
        result.rejectedShards += 1
        result.redoneLines += piece.lines
    }

    mutating func sends(at time: Timestamp) {
        if result.startedAt == nil { result.startedAt = time }
    }

    mutating func isAnswered(for cost: Amount) {
        result.spent += cost.usd
        result.tokens += cost.tokens
    }

    mutating func refuse(_ lines: Int) { result.refusedLines += lines }

    mutating func park(at time: Timestamp) {
        isAtWork = false
        switch hindrance {
        case .budget(let refusal): result.reason = refusal.description
        case .window: result.reason = "its window is closed"
        case nil: break
        }
        parkedAt = time
    }

    mutating func goOn(at time: Timestamp) {
        if let parkedAt, let hindrance {
            switch hindrance {
            case .window: result.parkedForWindow += time - parkedAt
            case .budget: result.parkedForBudget += time - parkedAt
            }
        }
        (parkedAt, hindrance) = (nil, nil)
    }

    mutating func end(at time: Timestamp) {
        isAtWork = false
        result.endedAt = time
        result.reason = nil
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014), from 0 up to 1.
struct SimulatedRandom {
    var state: UInt64

    mutating func next() -> Double {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
        return Double((word ^ word >> 31) >> 11) / Double(1 << 53)
    }
}

/// An endpoint of a simulation: its limits, and who waits for it.
struct SimulatedEndpoint {
    private let origin: ContinuousClock.Instant
    private let start: Timestamp
    let isLimited: Bool
    var window: RateWindow
    /// Shards, one for each request.
    var waiting: [Int] = []
    /// When it is asked again; nil: when something in flight ends.
    var opensAt: Int64?

    init(_ endpoint: Endpoint?, since start: Timestamp) {
        origin = .now
        self.start = start
        let limits = endpoint?.limits ?? RateLimits()
        isLimited = limits != RateLimits()
        window = RateWindow(limits, at: origin)
    }

    func instant(_ microseconds: Int64) -> RateWindow.Instant {
        origin + .microseconds(microseconds - start.milliseconds * 1000)
    }

    func microseconds(_ instant: RateWindow.Instant) -> Int64 {
        let (seconds, attoseconds) = (instant - origin).components
        return start.milliseconds * 1000 + seconds * 1_000_000 + attoseconds / 1_000_000_000_000
    }
}
