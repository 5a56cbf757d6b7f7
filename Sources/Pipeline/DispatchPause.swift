import BatchCore
import DurableFiles
import Logging
import Spooling

/// Operators hold back jobs and lanes, and let them go on.
extension Dispatcher {
    /// What an earlier process left: a job that was published in between needs its pause no more.
    func loadPauses() throws {
        var pauses = try services.spool.pauses()
        for pause in pauses.all {
            guard case .everything = scope, case .job(let job) = pause.subject,
                try FileFacts(at: services.spool.job(job).path) == nil
            else { continue }
            try services.spool.resume(pause.subject)
            pauses[pause.subject] = nil
        }
        services.pauses.load(pauses)
    }

    /// On disk first, so that it holds whatever happens to the process; then those who wait for their turn, a slot, money or
    /// for a request of another job are told, since what they wait for may come in hours. A file that is in the way is
    /// the trouble of who asked.
    func pause(_ subject: Pause.Subject, _ pending: PendingControl) async throws {
        if case .job(let job) = subject, try FileFacts(at: services.spool.job(job).path) == nil {
            return try pending.end(.failed("\(job) is not in processing/ any more"))
        }
        guard let pause = try begin(subject, pending) else { return }
        if services.pauses.begin(pause) {
            services.logger.notice(subject.pausedEvent, metadata: facts(of: subject, pending))
            for slots in slots.values { slots.letGo() }
            allSlots.letGo()
            await services.wakeWaiting()
        }
        try pending.end(.followed)
    }

    /// - Returns: nil: it cannot be, and that is told.
    private func begin(_ subject: Pause.Subject, _ pending: PendingControl) throws -> Pause? {
        do throws(FileError) { return try services.spool.pause(subject, by: pending.uid, at: services.now()) } catch {
            if error.isEnvironmental { throw error }
            try pending.end(.failed("\(error)"))
            return nil
        }
    }

    /// Its jobs go on at the next look at those that stand still.
    func resume(_ subject: Pause.Subject, _ pending: PendingControl) throws {
        do throws(FileError) { try services.spool.resume(subject) } catch {
            if error.isEnvironmental { throw error }
            return try pending.end(.failed("\(error)"))
        }
        if services.pauses.end(subject) {
            services.logger.notice("pause.ended", metadata: facts(of: subject, pending))
        }
        try pending.end(.followed)
    }

    /// A job that was paused in its last moment has left.
    func forgetPause(of job: JobID) {
        guard services.pauses.end(.job(job)) else { return }
        do throws(FileError) { try services.spool.resume(.job(job)) } catch { trouble = trouble ?? error }
    }

    func isPaused(_ job: JobID) -> Bool {
        services.pauses.pause(of: job, lane: records[job]?.lane ?? "") != nil
    }

    private func facts(of subject: Pause.Subject, _ pending: PendingControl) -> Logger.Metadata {
        var facts: Logger.Metadata = ["by": "uid \(pending.uid)"]
        switch subject {
        case .job(let job):
            facts["job"] = "\(job)"
            facts["lane"] = "\(records[job]?.lane ?? "")"
        case .lane(let lane): facts["lane"] = "\(lane)"
        }
        return facts
    }
}

extension Pause.Subject {
    fileprivate var pausedEvent: Logger.Message {
        switch self {
        case .job: "job.paused"
        case .lane: "lane.paused"
        }
    }
}
