import BatchCore
import Ledgers
import Spooling

/// Step 7: no byte goes out before its worst case is set aside on disk.
extension ShardRun {
    enum ReserveResult: ~Copyable {
        /// The requests that it pays for go to this model, and to no other; their worst cases are those of that time.
        case granted(Reservation, Model, pricedAt: Timestamp)
        case parked(ParkReason)
        /// The cap cannot pay, and the configuration says to refuse what it cannot pay rather than to wait.
        case refused(BudgetRefusal)
    }

    /// Reserves for as many requests as the caps can pay for, on the first model of their route that takes requests and
    /// has money. Where the caps cannot pay for one, and money that is set aside elsewhere may be freed, it waits.
    func reserve(_ unsent: [Reading.Entry]) async throws -> ReserveResult {
        var isNoted = false
        do {
            while true {
                switch try await tryToReserve(unsent) {
                case .granted(let reservation, let model, let pricedAt):
                    return .granted(reservation, model, pricedAt: pricedAt)
                case .parked(let reason):
                    await leaveLine()
                    return .parked(reason)
                case .refused(let refused) where refused.canChange:
                    turn.isIdle()
                    // Once: each request that ends elsewhere lets it try again.
                    if !isNoted {
                        try run.progress.note("\(refused.refusal); it waits for what is set aside elsewhere")
                    }
                    isNoted = true
                    // Before the wait too: whoever had it looked for before the refusal is not woken once more.
                    if run.hindrance() == nil { await run.services.ledger.change(since: refused.generation) }
                    if let hindrance = run.hindrance() {
                        await leaveLine()
                        return .parked(hindrance)
                    }
                case .refused(let refused):
                    return run.policies.budget.whenExhausted == .reject
                        ? .refused(refused.refusal) : .parked(.budget(refused.refusal, refused.request))
                }
            }
        } catch {
            await leaveLine()
            throw error
        }
    }

    /// Who goes gives up its place among those who wait for money: what it needs would be kept for it for ever.
    private func leaveLine() async {
        await run.services.ledger.stopWaiting(ReservationID(job: run.job, shard: shard.number))
    }

    private enum Try: ~Copyable {
        case granted(Reservation, Model, pricedAt: Timestamp)
        case parked(ParkReason)
        case refused(Refused)
    }

    private struct Refused {
        let model: Model
        let refusal: BudgetRefusal
        let request: ReservationRequest
        let canChange: Bool
        let generation: Int
    }

    /// Another model of the route may have money where one has none. Where none has, what may be freed for one of them
    /// is waited for, or an endpoint that is asked again soon; only then a refusal holds.
    private func tryToReserve(_ unsent: [Reading.Entry]) async throws -> Try {
        let now = run.services.now()
        let worstCases = unsent.map { $0.request.worstCase(at: now) }
        let round = run.attempts.lastRound(of: shard.number) + 1
        var others = candidates(for: unsent, at: now)
        var hope: Refused?
        while true {
            let model: Model
            switch run.services.endpoints.choose(among: others, at: now) {
            case .use(let chosen): model = chosen
            case .unavailable(let name, let reason, let until):
                if let hope, hope.canChange || until == nil { return .refused(hope) }
                return .parked(.endpoint(name: name, reason: reason, until: until))
            }
            let request = run.request(shard.number, model, round: round)
            switch try await run.services.ledger.reserve(worstCases, for: request, on: run.today) {
            case .granted(let reservation):
                return .granted(reservation, model, pricedAt: now)
            case .refused(let refusal, let canChange, let generation):
                others.removeAll { $0 == model }
                let refused = Refused(
                    model: model, refusal: refusal, request: request, canChange: canChange, generation: generation)
                guard case .model = refusal.scope else { return .refused(refused) }
                if let hope, hope.canChange, !canChange, hope.model != model {
                    // This refusal has taken it out of the line in which it waited for the other model.
                    if others.isEmpty { others = [hope.model] }
                } else {
                    hope = refused
                }
                if others.isEmpty { return .refused(refused) }
            }
        }
    }
}

extension JobRun {
    /// The models that may answer a request at a time, in the order in which they are tried.
    func candidates(of request: BatchRequest, at time: Timestamp) -> [Model] {
        guard let models = request.models(at: time) else {
            return policies.catalogue.selection(named: request.kind.model)?.candidates ?? []
        }
        return models.compactMap { policies.catalogue.models[$0] }
    }

    func request(_ shard: Int, _ model: Model, round: Int) -> ReservationRequest {
        ReservationRequest(
            id: ReservationID(job: job, shard: shard), lane: lane.name, model: model.name, uid: record.uid,
            round: round)
    }

    /// The day in whose budget a reservation is made now.
    var today: CivilDate { policies.calendar.day(at: services.now()) }
}
