import BatchCore
import Ledgers
import Spooling

/// Step 7: no byte goes out before its worst case is set aside on disk.
extension ShardRun {
    enum ReserveResult: ~Copyable {
        /// - Parameter pricedAt: the time whose prices made the worst cases.
        case granted(Reservation, pricedAt: Timestamp)
        case parked(ParkReason)
        /// The cap cannot pay, and the configuration says to refuse what it cannot pay rather than to wait.
        case refused(BudgetRefusal)
    }

    /// Reserves for as many requests as the caps can pay for. Where they cannot pay for one, and money that is set
    /// aside elsewhere may be freed, it waits for that.
    func reserve(_ unsent: [Reading.Entry]) async throws -> ReserveResult {
        let id = ReservationID(job: run.job, shard: shard.number)
        while true {
            let round = await run.attempts.lastRound(of: shard.number) + 1
            let request = ReservationRequest(id: id, lane: run.lane.name, round: round)
            let now = run.services.now()
            let worstCases = unsent.map { $0.request.worstCase(at: now) }
            let day = run.policies.calendar.day(at: now)
            switch try await run.services.ledger.reserve(worstCases, for: request, on: day) {
            case .granted(let reservation):
                return .granted(reservation, pricedAt: now)
            case .refused(let refusal, canChange: true, let generation):
                try await run.progress.note("\(refusal); it waits for what is set aside elsewhere")
                await run.services.ledger.change(since: generation)
                if let hindrance = run.hindrance() { return .parked(hindrance) }
            case .refused(let refusal, canChange: false, _):
                return run.policies.budget.whenExhausted == .reject
                    ? .refused(refusal) : .parked(.budget(refusal, request))
            }
        }
    }
}
