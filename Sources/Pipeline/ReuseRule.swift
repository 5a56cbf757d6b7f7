package import BatchCore
package import Ledgers

// What a lane does about a request that was asked before. Planning and a shard at work both go by it.
extension Lane {
    /// Is the request sent whatever was answered before, and whoever else asks for it just now? Such a request is no
    /// duplicate of another line, and waits for nobody's answer.
    package func asksAnew(_ request: BatchRequest) -> Bool { request.isSampled && !reuseSampled }

    /// - Parameters:
    ///   - memory: what the hash log knows of it; nil: nothing.
    ///   - isRetry: what was paid for before may be paid for again; an accepted answer is still reused, unless
    ///     something was found against it later.
    ///   - now: decides whether an answer is too old.
    package func disposition(
        of request: BatchRequest, memory: Memory?, isRetry: Bool, at now: Timestamp
    ) -> ShardPlanner.Disposition {
        if asksAnew(request) { return .fresh }
        switch memory {
        // A judge, a person or a later answer speaks against it: reused again, it would be sent back again.
        case .accepted(let answer) where answer.hasLaterDefect && isRetry: return .fresh
        case .accepted(let answer) where !isOutdated(answer.recordedAt, at: now): return .reused
        // Paid for since, and in vain: asking once more would be paying twice knowingly.
        case .accepted(let answer) where answer.hasLaterDefect: return .knownDefect
        case .defect where !isRetry: return .knownDefect
        default: return .fresh
        }
    }

    /// Answers that were recorded before that moment are too old for the lane; nil: none is.
    package func outdated(at now: Timestamp) -> Timestamp? { answerMaxAge.map { now + (.zero - $0) } }

    private func isOutdated(_ recordedAt: Int64, at now: Timestamp) -> Bool {
        outdated(at: now).map { Timestamp(seconds: recordedAt) < $0 } ?? false
    }
}
