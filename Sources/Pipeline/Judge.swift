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
    /// nil: no judge looked at it.
    let sample: SampleFigures?
}

/// Step 10: the gate looks at the answers, then a judge at a sample of those that passed, if the lane has one. What is
/// accepted enters the hash log, what is not is remembered as paid for in vain.
extension ShardRun {
    func judge() async throws -> End {
        let entries = await file.entries
        var inspection = try inspect(entries)
        var verdict = run.gate.verdict(on: inspection.tally, role: shard.role)
        var figures: SampleFigures?
        if verdict.isAccepted, let sample = try await sample(inspection.passed, entries) {
            switch sample {
            case .parked(let reason): return .parked(reason)
            case .decided(let found):
                inspection.add(found.defects)
                verdict = run.gate.verdict(
                    on: inspection.tally, sample: found.figures, isAccepted: found.isAccepted)
                figures = found.figures
            }
        }
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
        return .judged(
            JudgedShard(
                shard: shard, verdict: verdict, defects: inspection.defects, entries: entries, sample: figures))
    }

    private struct Inspection {
        var tally = ShardTally()
        var defects: [Int: Defect] = [:]
        /// Answers that this job paid for.
        var paid: [(line: Int, key: RequestKey, response: [UInt8])] = []
        /// Lines whose answers passed every check, in the order of the input.
        var passed: [Int] = []

        mutating func add(_ found: [Int: Defect]) {
            for (line, defect) in found {
                tally.correct(defect)
                defects[line] = defect
            }
        }
    }

    private func inspect(_ entries: [Int: ShardFile.Entry]) throws -> Inspection {
        var inspection = Inspection()
        guard !entries.isEmpty else { return inspection }
        let outcomes = try LineFile(run.directory.shard(shard.number))
        for line in shard.lines {
            guard let entry = entries[line] else { continue }
            switch entry.outcome.result {
            case .failed:
                inspection.tally.addFailure()
            case .refused: break  // never sent: it says nothing about the others
            case .answered, .reused:
                let outcome = try ShardFile.outcome(entry, in: outcomes)
                let response = outcome.response ?? []
                let defect = run.gate.inspect(
                    ResponseMember.answer(in: response, url: shard.kind.url), by: outcome.model)
                inspection.tally.add(defect: defect)
                inspection.defects[line] = defect
                if defect == nil { inspection.passed.append(line) }
                if entry.outcome.result == .answered, let request = run.reading.entry(ofLine: line)?.request {
                    inspection.paid.append((line, request.key, response))
                }
            }
        }
        return inspection
    }
}
