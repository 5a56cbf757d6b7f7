import BatchCore
import Ledgers
import Logging
import Spooling

/// A job that was set going again for money that is there.
struct PromisedMoney {
    let request: ReservationRequest
    let needed: Amount
    let until: Timestamp
}

/// Parked jobs, and what sets them going again.
extension Dispatcher {
    /// How long money is kept for a job that was set going and has not reserved: it reads its file first.
    private static let headStart = Duration.seconds(30)

    /// Sets going again what can go on by now, in the order of the queue: priority, deadline, claim. Where the money is
    /// not enough for all, the first get it: who comes later is paid beside those before it, or stays. What is paused
    /// has no place among them, whatever it waited for before.
    func wakeParked() async throws {
        let time = services.now()
        let candidates = parked.keys.filter { !isPaused($0) }
            .compactMap { job in entry(of: job).map { (job, $0) } }
            .sorted { $0.1 < $1.1 }
        let affordable = try await affordable(candidates.map(\.0), at: time)
        for (job, entry) in candidates where mayStart {
            guard let reason = parked[job], canGoOn(job, reason, affordable, at: time) else { continue }
            parked[job] = nil
            mayResume.insert(job)
            toAskAgain.remove(job)
            if case .budget(let refusal, let request) = reason, affordable.contains(job) {
                promised[job] = PromisedMoney(request: request, needed: refusal.needed, until: time + Self.headStart)
            }
            services.logger.debug("job.woken", metadata: ["job": "\(job)", "lane": "\(entry.lane)"])
            note(.queued, of: job)
            queue.add(entry)
        }
    }

    private func entry(of job: JobID) -> JobQueue.Entry? {
        records[job].map { record in
            JobQueue.Entry(
                job: job.name, lane: policies.lane(record.lane), claimedAt: record.claimedAt,
                hasBatch: services.spool.job(job).hasBatch)
        }
    }

    private func canGoOn(_ job: JobID, _ reason: ParkReason, _ affordable: Set<JobID>, at time: Timestamp) -> Bool {
        switch reason {
        case .budget: affordable.contains(job) || toAskAgain.contains(job)
        case .endpoint(let name, _, _): services.endpoints.isAvailable(name, at: time)
        case .window: policies.isOpen(policies.lane(records[job]?.lane ?? ""), at: time)
        case .review: toAskAgain.contains(job)
        // A clock that steps back must not make it wait for longer than it would.
        case .judge(_, _, let until):
            toAskAgain.contains(job) || until.map { time >= $0 || time + ShardRun.judgePause < $0 } ?? false
        case .paused, .stopping: true
        }
    }

    /// Which of the jobs that wait for money could have it now, one beside the other, and beside those that were set
    /// going and have not reserved yet.
    private func affordable(_ jobs: [JobID], at time: Timestamp) async throws -> Set<JobID> {
        let day = policies.calendar.day(at: time)
        if let book = await services.ledger.book(of: day) {
            let reserving = Set(book.open.keys.map(\.job))
            promised = promised.filter { !reserving.contains($0.key.name) && $0.value.until > time }
        }
        let waiting = jobs.compactMap { job -> (JobID, ReservationRequest, Amount)? in
            guard case .budget(let refusal, let request) = parked[job] else { return nil }
            return (job, request, refusal.needed)
        }
        if waiting.isEmpty { return [] }
        let paid = try await services.ledger.affordable(
            waiting.map { ($0.1, $0.2) }, beside: promised.values.map { ($0.request, $0.needed) }, on: day)
        return Set(zip(waiting, paid).filter(\.1).map(\.0.0))
    }
}
