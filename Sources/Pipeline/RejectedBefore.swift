package import BatchCore
package import Ledgers
package import Spooling

/// A file that was paid for and rejected, delivered once more: its canary would be paid for again, to learn what is
/// known. What costs nothing (all of it is answered or refused already) is judged by its own merits.
extension HashLog {
    /// - Parameter digest: of the file's bytes; nil: not known.
    /// - Returns: why the file is rejected again at no cost; nil: it is not.
    package func refusal(
        of digest: SHA256Digest?, plan: ShardPlan, isRetry: Bool, in spool: Spool
    ) async throws -> String? {
        guard !isRetry, plan.sends, let digest, try await wasRejected(digest) else { return nil }
        guard let (job, isThere) = try spool.rejectedJob(of: digest) else {
            return "the same bytes were rejected before; `bobbin retry` of this job pays again"
        }
        return "the same bytes were rejected before, as \(job)"
            + (isThere
                ? "; `bobbin retry \(job)` pays again" : ", which is gone; `bobbin retry` of this job pays again")
    }
}

extension Services {
    func refusal(of digest: SHA256Digest?, plan: ShardPlan, isRetry: Bool) async throws -> String? {
        try await hashLog.refusal(of: digest, plan: plan, isRetry: isRetry, in: spool)
    }
}
