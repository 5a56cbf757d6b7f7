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
        while true {
            switch try await tryToReserve(unsent) {
            case .granted(let reservation, let model, let pricedAt):
                return .granted(reservation, model, pricedAt: pricedAt)
            case .parked(let reason):
                return .parked(reason)
            case .refused(let refusal, let request, canChange: true, let generation):
                try await run.progress.note("\(refusal); it waits for what is set aside elsewhere")
                await run.services.ledger.change(since: generation)
                if let hindrance = run.hindrance() {
                    await run.services.ledger.stopWaiting(request.id)
                    return .parked(hindrance)
                }
            case .refused(let refusal, let request, canChange: false, _):
                return run.policies.budget.whenExhausted == .reject
                    ? .refused(refusal) : .parked(.budget(refusal, request))
            }
        }
    }

    private enum Try: ~Copyable {
        case granted(Reservation, Model, pricedAt: Timestamp)
        case parked(ParkReason)
        case refused(BudgetRefusal, ReservationRequest, canChange: Bool, generation: Int)
    }

    private func tryToReserve(_ unsent: [Reading.Entry]) async throws -> Try {
        let now = run.services.now()
        let worstCases = unsent.map { $0.request.worstCase(at: now) }
        let round = await run.attempts.lastRound(of: shard.number) + 1
        var candidates = run.candidates(of: shard.kind)[...]
        while true {
            let model: Model
            switch run.services.endpoints.choose(among: Array(candidates), at: now) {
            case .use(let chosen): model = chosen
            case .unavailable(let name, let reason, let until):
                return .parked(.endpoint(name: name, reason: reason, until: until))
            }
            let request = run.request(shard.number, model, round: round)
            switch try await run.services.ledger.reserve(worstCases, for: request, on: run.today) {
            case .granted(let reservation):
                return .granted(reservation, model, pricedAt: now)
            case .refused(let refusal, let canChange, let generation):
                candidates = candidates.drop { $0 != model }.dropFirst()
                // Another model of the route may have money where this one has none.
                if case .model = refusal.scope, run.services.endpoints.hasAvailable(candidates, at: run.services.now())
                {
                    continue
                }
                return .refused(refusal, request, canChange: canChange, generation: generation)
            }
        }
    }
}

extension JobRun {
    /// The models that may answer requests of a kind, in the order in which they are tried.
    func candidates(of kind: RequestKind) -> [Model] {
        policies.catalogue.selection(named: kind.model)?.candidates ?? []
    }

    func request(_ shard: Int, _ model: Model, round: Int) -> ReservationRequest {
        ReservationRequest(
            id: ReservationID(job: job, shard: shard), lane: lane.name, model: model.name, uid: record.uid,
            round: round)
    }

    /// The day in whose budget a reservation is made now.
    var today: CivilDate { policies.calendar.day(at: services.now()) }
}
