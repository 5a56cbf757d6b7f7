import BatchCore
import DurableFiles
import Ledgers
import Spooling

/// Steps 7 to 10 for one shard: reserve, run, settle, judge. It can be entered again at any point: what has an outcome
/// on disk is not done again.
struct ShardRun: Sendable {
    let run: JobRun
    let shard: ShardPlan.Shard
    let file: ShardFile
    /// Only the models behind this one are asked, in the order in which those of a request are tried; nil: all.
    let answeredBy: String?
    let turn: ShardTurn

    enum End: Sendable {
        case judged(JudgedShard)
        case parked(ParkReason)
    }

    init(_ run: JobRun, _ shard: ShardPlan.Shard) throws {
        self.init(run, shard, try ShardFile(run.directory.shard(shard.number)))
    }

    /// - Parameters:
    ///   - file: of the shard's outcomes.
    ///   - answeredBy: the model whose answers are asked for once more.
    init(_ run: JobRun, _ shard: ShardPlan.Shard, _ file: ShardFile, answeredBy: String? = nil) {
        self.run = run
        self.shard = shard
        self.file = file
        self.answeredBy = answeredBy
        turn = ShardTurn(of: Scheduler.ShardID(job: run.job, shard: shard.number), among: run.services.turns)
    }

    func work() async throws -> End {
        // What is out comes back whatever holds back the rest: a pause, a window, the turns of others.
        if let reason = try await finishBatches() { return .parked(reason) }
        if let pause = run.pause, !unanswered().isEmpty { return await parked(.paused(pause)) }
        try await noteRefusals()
        if let hindrance = try await takeTurn() { return await parked(hindrance) }
        defer { turn.end() }
        let keys = keysToHold()
        if await run.services.inFlight.isHeld(keys, besides: keyOwners) {
            turn.isIdle()
            try run.progress.note("it waits for requests that another job has in flight")
        }
        var held: Bool?
        repeat {
            held = await run.services.inFlight.take(keys, for: keyOwners) {
                turn.isIdle()
                return run.isHalted || run.pause != nil
            }
            // None where it was paused, and resumed by now.
            if held == nil, let hindrance = run.hindrance() { return .parked(hindrance) }
        } while held == nil
        let hasWaited = held ?? false
        do {
            let end = try await workHoldingKeys(hasWaited: hasWaited)
            try await file.close()
            await run.services.inFlight.giveBack(keys, keeping: try keysOfBatches())
            return end
        } catch {
            await run.services.inFlight.giveBack(keys)
            throw error
        }
    }

    /// It has no batch out, and holds no keys while it waits.
    private func parked(_ reason: ParkReason) async -> End {
        await run.services.inFlight.letGo(of: keyOwners)
        return .parked(reason)
    }

    /// What is on record, or is taken from the hash log, needs none.
    /// - Returns: why it does not start; nil: it does.
    private func takeTurn() async throws -> ParkReason? {
        if shard.role == .reused { return nil }
        let unsent = unanswered()
        if unsent.isEmpty { return nil }
        while true {
            if let hindrance = run.hindrance() { return hindrance }
            switch try await turn.take(by: run, for: unsent) {
            case .started: return nil
            // By the settings of today, which the job need not have begun with.
            case .sentAway: return .window(run.lane.windows)
            // It was paused, and resumed by now, if it goes on.
            case .unwanted: continue
            }
        }
    }

    /// Of the requests that this shard may send, or has paid for without knowing yet whether the answer is good: nobody
    /// else is to pay for them meanwhile.
    private func keysToHold() -> Set<RequestKey> {
        let outcomes = file.entries
        let held = run.entries(of: shard).filter { entry in
            let result = outcomes[entry.line]?.outcome.result
            return !run.lane.asksAnew(entry.request) && (result == nil || result == .answered)
        }
        return Set(held.map(\.request.key))
    }

    private func workHoldingKeys(hasWaited: Bool) async throws -> End {
        if let reason = try await send(hasWaited: hasWaited) { return .parked(reason) }
        turn.isIdle()
        if let reason = try await escalate() { return .parked(reason) }
        return try await judge()
    }

    /// Sees to it that each request has its outcome.
    /// - Returns: why one has none; nil: all have.
    func send(hasWaited: Bool) async throws -> ParkReason? {
        if let reason = try await finishBatch() { return reason }
        try await reuse(hasWaited: hasWaited)
        let tries = LineTries(clock: run.services.clock)
        while true {
            let open = unanswered()
            if open.isEmpty { return nil }
            let unsent = withinOneBatch(alike(open, at: run.services.now()))
            if let hindrance = run.hindrance() { return hindrance }
            switch try await reserve(unsent) {
            case .granted(let reservation, let model, let pricedAt):
                if let batch = run.policies.catalogue.endpoints[model.endpoint]?.batch {
                    let entries = unsent.prefix(reservation.count)
                    let reason = try await send(entries, to: model, as: batch, reservation, pricedAt: pricedAt)
                    if let reason { return reason }
                    continue
                }
                let round = Round(
                    shard: self, request: reservation.request, day: reservation.day, model: model, pricedAt: pricedAt,
                    tries: tries)
                turn.isBusy(with: reservation.count)
                let trouble = try await round.send(Array(unsent.prefix(reservation.count)))
                try await run.services.ledger.settle(reservation)
                if let trouble, let hindrance = hindrance(after: trouble, for: unsent) { return hindrance }
            case .parked(let reason):
                return reason
            case .refused(let refusal):
                try await refuse(unsent, refusal)
            }
        }
    }

    /// A request has its outcome. One that is escalated had one before, and is counted; one of a judge is no line.
    func advance() throws {
        switch shard.role {
        case .escalation, .judge: run.progress.goesOn()
        case .canary, .regular, .reused: try run.progress.advance()
        }
    }

    /// An endpoint in trouble is no reason to wait while another model of the route takes requests, and of several the
    /// one that is asked again first is waited for.
    private func hindrance(after trouble: ParkReason, for requests: [Reading.Entry]) -> ParkReason? {
        guard case .endpoint = trouble else { return trouble }
        let now = run.services.now()
        switch run.services.endpoints.choose(among: candidates(for: requests, at: now), at: now) {
        case .use: return nil
        case .unavailable(let name, let reason, let until):
            return .endpoint(name: name, reason: reason, until: until)
        }
    }

    /// Those of the requests that the same models may answer as the first, in the same order: one reservation is for
    /// one model. A plan divides shards by that; an earlier configuration, or other prices, may have done so otherwise.
    private func alike(_ entries: [Reading.Entry], at time: Timestamp) -> [Reading.Entry] {
        guard let first = entries.first else { return [] }
        let (kind, models) = (first.request.kind, first.request.models(at: time))
        return entries.filter { entry in
            entry.request.kind.model == kind.model && entry.request.models(at: time) == models
        }
    }

    /// The models that may answer requests that are alike, in the order in which they are tried.
    func candidates(for requests: [Reading.Entry], at time: Timestamp) -> [Model] {
        guard let request = requests.first?.request else { return [] }
        let candidates = run.candidates(of: request, at: time)
        return answeredBy.map { candidates.behind($0) } ?? candidates
    }

    /// The requests without an outcome.
    private func unanswered() -> [Reading.Entry] {
        let outcomes = file.entries
        return run.entries(of: shard).filter { outcomes[$0.line] == nil }
    }

    /// Lines of the plan that today's configuration refuses.
    func noteRefusals() async throws {
        let outcomes = file.entries
        let batch = try run.directory.batch(of: shard.number)
        for line in shard.lines where outcomes[line] == nil && batch?.lines.contains(line) != true {
            guard run.reading.entry(ofLine: line) == nil else { continue }
            let refusal = run.reading.refused.first { $0.line == line }?.refusal
            try await file.append(
                .refused(line: line, refusal ?? LineRefusal(.notARequest, "the line is no longer there")))
        }
    }

    /// Refuses the first request, which was refused, and those that need no less; a smaller one may be paid yet.
    private func refuse(_ unsent: [Reading.Entry], _ refusal: BudgetRefusal) async throws {
        let now = run.services.now()
        run.services.logger.tell(refusal, on: run.policies.calendar.day(at: now))
        for (index, entry) in unsent.enumerated() {
            guard index == 0 || entry.request.worstCase(at: now).covers(refusal.needed) else { continue }
            try await file.append(.refused(line: entry.line, LineRefusal(.budgetExhausted, refusal.description)))
            try advance()
        }
    }
}

extension [Model] {
    /// Those that stand behind a model; none if it is not there (any more).
    func behind(_ model: String) -> [Model] { Array(drop { $0.name != model }.dropFirst()) }
}

extension LineRefusal {
    static let knownDefect = LineRefusal(
        .knownDefect, "the same request was paid for before, and its answer was not accepted; `bobbin retry` pays again"
    )
}
