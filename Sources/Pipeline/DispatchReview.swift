import BatchCore
import DurableFiles
import Logging
import Spooling
import SystemPackage

/// Persons decide over jobs that wait for them.
extension Dispatcher {
    /// Takes what a person handed in; the job goes on with it at the next look at those that stand still. A request for
    /// a job that is about to wait again, as after a start, stays until it does.
    func takeReview(of job: JobID, _ submission: ReviewSubmission, _ pending: PendingControl) throws {
        let reply: ControlReply
        do {
            guard let decision = try decide(over: job, submission, pending) else {
                earlyReviews.insert(job)
                return
            }
            let accepted = decision.shards.count(where: \.isAccepted)
            reply = .reviewed(accepted: accepted, rejected: decision.shards.count - accepted)
            services.logger.notice(
                "job.reviewed",
                metadata: [
                    "job": "\(job)", "lane": "\(records[job]?.lane ?? "")", "by": "uid \(pending.uid)",
                    "accepted": "\(accepted)", "rejected": "\(decision.shards.count - accepted)",
                ])
            toAskAgain.insert(job)
        } catch let refusal as ReviewRefusal {
            reply = .failed(refusal.description)
        } catch let damage as JobDamage {
            // The job is stopped for it when it goes on; the others have nothing to do with it.
            reply = .failed(damage.description)
        }
        try pending.end(reply)
    }

    /// - Returns: nil: it is too early.
    private func decide(
        over job: JobID, _ submission: ReviewSubmission, _ pending: PendingControl
    ) throws -> ReviewDecision? {
        guard records[job] != nil else { throw ReviewRefusal("\(job) is not in processing/") }
        let directory = services.spool.job(job)
        let name = pending.path.lastComponent?.string ?? ""
        // After a crash the request may still be there: it is answered, and decides nothing more.
        if let decision = try directory.reviewDecisions().first(where: { $0.request == name }) { return decision }
        guard case .review? = parked[job] else {
            let isAboutTo = try parked[job] == nil && !stopped.contains(job) && directory.reviewRequest() != nil
            if isAboutTo { return nil }
            if case .paused(let pause) = parked[job] { throw ReviewRefusal("\(job): \(pause)") }
            throw ReviewRefusal("\(job) does not wait for review")
        }
        return try directory.review(submission, by: pending.uid, at: services.now(), request: name)
    }
}
