import BatchCore
import Gates
import Ledgers
import Spooling

/// The rest of step 5, done when a shard starts: what has been answered by now is not sent, nor what another job has
/// paid for in vain since the plan was made. Reused answers cost nothing and are judged like any.
extension ShardRun {
    func reuse(hasWaited: Bool) async throws {
        let outcomes = file.entries
        let open = run.entries(of: shard).filter { outcomes[$0.line] == nil }
        guard !open.isEmpty else { return }
        let hashLog = run.services.hashLog
        let memories = try await hashLog.recall(open.map(\.request.key))
        let now = run.services.now()
        let workspace = Workspace()
        // What is escalated has been paid for, and its answer may be known, by an earlier gate of this very job.
        let mayPayAgain = run.isRetry || shard.role == .escalation
        for (entry, memory) in zip(open, memories) {
            let disposition = run.lane.disposition(
                of: entry.request, memory: memory, isRetry: mayPayAgain, at: now)
            if disposition == .knownDefect {
                try await file.append(.refused(line: entry.line, .knownDefect))
                try advance()
            }
            // It may have been pruned or forgotten meanwhile: then it is asked for anew.
            guard disposition == .reused, case .accepted(let stored) = memory,
                let response = try await hashLog.response(at: stored.locator, for: entry.request.key)
            else { continue }
            let answer = ResponseMember.answer(in: response, url: entry.request.kind.url)
            // An answer that today's gate does not accept is the reason for another try, not its remedy.
            if mayPayAgain {
                let defect = try run.defect(
                    in: answer, response, to: entry.line, url: entry.request.kind.url, by: entry.request.kind.model,
                    using: workspace)
                if defect != nil { continue }
            }
            var outcome = Outcome(line: entry.line, result: .reused)
            outcome.origin = hasWaited ? .inFlight : .log
            outcome.response = response
            outcome.usage = answer?.usage ?? .zero
            outcome.model = entry.request.kind.model
            try await file.append(outcome)
            try advance()
        }
    }
}
