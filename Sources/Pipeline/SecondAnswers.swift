import BatchCore
import Spooling

/// What other models of the route have answered in place of the models whose answers the gate did not accept.
struct SecondAnswers: Sendable {
    /// The number under which the escalation of the shard is booked.
    let shard: Int
    var escalation = Escalation(lines: [])
    var entries: [Int: ShardFile.Entry] = [:]

    var isEmpty: Bool { escalation.lines.isEmpty }

    /// nil: there is none, and the first answer counts.
    func answer(to line: Int) -> ShardFile.Entry? {
        entries[line].flatMap { $0.outcome.hasAnswer ? $0 : nil }
    }
}

extension JudgedShard {
    /// How a request ended at last.
    struct Final {
        let stored: StoredOutcome
        let outcome: Outcome
        /// The outcome of the answer in whose place it stands.
        let replaced: Outcome?
    }

    /// - Returns: nil: it was never sent.
    func final(of line: Int) -> Final? {
        guard let first = answers.entries[line]?.outcome, let stored = answers[line] else { return nil }
        var outcome = stored.entry.outcome
        if stored.shard == shard.number { return Final(stored: stored, outcome: outcome, replaced: nil) }
        if outcome.result == .reused {
            // The job has paid for the line, if not for this answer.
            outcome.result = .answered
            outcome.origin = nil
            outcome.usage = .zero
        }
        outcome.attempts = max(outcome.attempts, first.attempts)
        return Final(stored: stored, outcome: outcome, replaced: first)
    }

    func escalated(unknown: Money) -> EscalationReport {
        var report = EscalationReport()
        report.lines = answers.second.escalation.lines.count
        report.unknown = unknown
        for (line, entry) in answers.second.entries where !entry.outcome.model.isEmpty {
            var part = report.models[entry.outcome.model] ?? EscalationReport.Part()
            part.lines += 1
            part.spent += entry.outcome.spent.usd
            if entry.outcome.hasAnswer, defects[line] == nil { part.good += 1 }
            report.models[entry.outcome.model] = part
        }
        return report
    }
}
