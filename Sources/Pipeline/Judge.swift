import BatchCore
import DurableFiles
import Gates
import Ledgers
import Logging
import Spooling

/// A shard after the gate.
struct JudgedShard: Sendable {
    let shard: ShardPlan.Shard
    let verdict: ShardVerdict
    /// By line.
    let defects: [Int: Defect]
    let entries: [Int: ShardFile.Entry]
}

/// Step 10: the gate looks at the answers; those it accepts enter the hash log, those it does not are remembered as
/// paid for in vain.
extension ShardRun {
    func judge() async throws -> JudgedShard {
        let entries = await file.entries
        let inspection = try inspect(entries)
        let verdict = run.gate.verdict(on: inspection.tally, role: shard.role)
        let paid = inspection.paid
        let accepted = verdict.isAccepted ? paid.filter { inspection.defects[$0.line] == nil } : []
        let acceptedLines = Set(accepted.map(\.line))
        try await run.services.hashLog.accept(
            accepted.map { ($0.key, $0.response) },
            from: AnswerOrigin(job: run.job, uid: run.record.uid, lane: run.lane.name),
            replacing: run.record.isRetry, outdated: run.lane.outdated(at: run.services.now()))
        try await run.services.hashLog.rememberDefects(paid.filter { !acceptedLines.contains($0.line) }.map(\.key))
        run.services.logger.info(
            "shard.judged",
            metadata: [
                "job": "\(run.job)", "lane": "\(run.lane.name)", "shard": "\(shard.number)",
                "verdict": "\(verdict.isAccepted ? "accepted" : "rejected")",
                "reason": "\(verdict.reasons.joined(separator: "; "))",
            ])
        return JudgedShard(shard: shard, verdict: verdict, defects: inspection.defects, entries: entries)
    }

    private struct Inspection {
        var tally = ShardTally()
        var defects: [Int: Defect] = [:]
        /// Answers that this job paid for.
        var paid: [(line: Int, key: RequestKey, response: [UInt8])] = []
    }

    private func inspect(_ entries: [Int: ShardFile.Entry]) throws -> Inspection {
        var inspection = Inspection()
        guard !entries.isEmpty else { return inspection }
        let outcomes = try LineFile(run.directory.shard(shard.number))
        let workspace = Workspace()
        for line in shard.lines {
            guard let entry = entries[line] else { continue }
            switch entry.outcome.result {
            case .failed:
                inspection.tally.addFailure()
            case .refused: break  // never sent: it says nothing about the others
            case .answered, .reused:
                let outcome = try ShardFile.outcome(entry, in: outcomes)
                let response = outcome.response ?? []
                let defect = try run.defect(
                    in: ResponseMember.answer(in: response, url: shard.kind.url), response, to: line,
                    url: shard.kind.url,
                    by: outcome.model, using: workspace)
                inspection.tally.add(defect: defect)
                inspection.defects[line] = defect
                if entry.outcome.result == .answered, let request = run.reading.entry(ofLine: line)?.request {
                    inspection.paid.append((line, request.key, response))
                }
            }
        }
        return inspection
    }
}
