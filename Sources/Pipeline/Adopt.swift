package import BatchCore
import DurableFiles
package import Ledgers
package import Spooling

extension Spool {
    /// Takes the budget file of a day as it is by now, and books on it what the jobs were charged and no budget file
    /// has. The caller holds the lock of the spool, and nothing is at work in it.
    /// - Parameters:
    ///   - witness: what it has seen, and no file tells, is booked as well.
    ///   - pass: hears of a job whose files are damaged. What it was charged, and no budget file has, is not booked.
    /// - Returns: what was booked in addition; nil: there was nothing to adopt.
    package func adoptBudget(
        of day: CivilDate, _ policies: Policies, witness: Witness? = nil, at time: Timestamp,
        passing pass: (JobDamage) -> Void = { _ in }
    ) async throws -> Amount? {
        try keepNames()
        try keepCharges()
        let adoption = BudgetAdoption(of: day, in: budget, policy: policies.budget, at: time)
        var charges: [BudgetAdoption.Charge] = []
        for job in try self.charges(passing: pass) {
            // An older job may have been charged on days whose files were removed since, as nobody needs them.
            if let finished = job.finishedAt, policies.calendar.day(at: finished) < day { continue }
            charges.append(try await charge(of: job))
        }
        return try await adoption.adopt(charges, openedDays: openedDays, witness: witness)
    }

    /// What was in flight when its reservation was lost is charged as after a crash, unless it is a batch that is out,
    /// which answers yet.
    private func charge(of job: JobCharges) async throws -> BudgetAdoption.Charge {
        var unknown = job.unknown.values.reduce(Amount.zero, +)
        var spent = job.spent.values.reduce(Amount.zero, +)
        var byModel = job.byModel
        // The tokens of a finished job are known in one sum.
        if job.finishedAt != nil { spent.tokens = job.tokens }
        let directory = self.job(job.job)
        let batches = job.finishedAt == nil ? try directory.batches() : []
        var open: [BudgetAdoption.Open] = []
        for (path, inFlight) in try Dictionary(grouping: job.inFlight, by: { try directory.attempts(of: $0.shard) }) {
            let attempts = try AttemptLog(path)
            for (shard, inFlight) in Dictionary(grouping: inFlight, by: \.shard) {
                let batch = batches.first { $0.shard == shard }?.batch
                for attempt in inFlight where attempt.round != batch?.round {
                    try await attempts.endInterrupted(attempt)
                    unknown += attempt.worstCase
                    byModel[attempt.model, default: Settlement()].unknown += attempt.worstCase
                }
                let sent = inFlight.filter { $0.round == batch?.round }
                guard let batch, !sent.isEmpty else { continue }
                guard batch.mayBeOut else {
                    for attempt in sent { attempts.endUnsent(attempt) }
                    continue
                }
                var soFar = attempts.settlement(
                    of: shard, round: batch.round, try ShardFile.read(directory.shard(shard)).entries)
                soFar.open = sent.reduce(.zero) { $0 + $1.worstCase }
                spent -= soFar.spent
                unknown -= soFar.unknown
                byModel[batch.model, default: Settlement()].spent -= soFar.spent
                byModel[batch.model, default: Settlement()].unknown -= soFar.unknown
                let request = ReservationRequest(
                    id: ReservationID(job: job.job.name, shard: shard), lane: job.lane, model: batch.model,
                    uid: job.uid, round: batch.round)
                open.append(BudgetAdoption.Open(request, soFar))
            }
            try await attempts.close()
        }
        return BudgetAdoption.Charge(
            job: job.job.name, lane: job.lane, uid: job.uid, spent: spent, unknown: unknown, byModel: byModel,
            open: open)
    }
}
