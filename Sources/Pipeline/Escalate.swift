import BatchCore
import DurableFiles
import Gates
import Logging
import Spooling

/// Between the steps 9 and 10, where the lane escalates: the answers of the shard that the gate does not accept are
/// asked for once more, each of the models that stand behind its own on the route. That is steps 5 to 9 for a shard of
/// its own, under the same request keys.
extension ShardRun {
    /// - Returns: why some have no outcome yet; nil: all have, or nothing is escalated.
    func escalate() async throws -> ParkReason? {
        if let reason = try await finishBatchOfEscalation() { return reason }
        guard run.gate.policy.consequences.rejected == .escalate, let escalation = try await escalation() else {
            return nil
        }
        let number = run.plan.escalationNumber(of: shard)
        let outcomes = try ShardFile(run.directory.shard(number))
        for model in Set(escalation.lines.map(\.model)).sorted() {
            // A route may have become shorter since.
            let lines = LineSet(
                escalation.lines.filter { $0.model == model && !candidates(behind: model, for: $0.line).isEmpty }
                    .map(\.line))
            if lines.isEmpty { continue }
            let part = ShardPlan.Shard(
                number: number, role: .escalation, kind: shard.kind, lines: lines, worstCase: .zero)
            let reason = try await ShardRun(run, part, outcomes, answeredBy: model).send(hasWaited: false)
            if let reason {
                try await outcomes.close()
                return reason
            }
        }
        try await outcomes.close()
        return nil
    }

    /// What was decided, or is decided now; nil: there is nothing to escalate.
    private func escalation() async throws -> Escalation? {
        let number = run.plan.escalationNumber(of: shard)
        if let decided = try run.directory.escalation(number) { return decided }
        let entries = file.entries
        let inspection = try inspect(
            CountingAnswers(shard: shard.number, entries: entries, second: SecondAnswers(shard: number)))
        let lines = inspection.defects.sorted { $0.key < $1.key }.compactMap { line, defect -> Escalation.Line? in
            guard let outcome = entries[line]?.outcome, hindrance(toEscalating: outcome) == nil,
                run.reading.entry(ofLine: line) != nil
            else { return nil }
            return Escalation.Line(line: line, model: outcome.model, check: defect.check, reason: defect.reason)
        }
        if lines.isEmpty { return nil }
        let escalation = Escalation(lines: lines)
        try run.directory.write(escalation, number)
        run.services.logger.info(
            "shard.escalated",
            metadata: [
                "job": "\(run.job)", "lane": "\(run.lane.name)", "shard": "\(shard.number)", "lines": "\(lines.count)",
            ])
        return escalation
    }

    /// Why no other model is asked for the line of an outcome, in words; nil: one can be.
    private func hindrance(toEscalating outcome: Outcome) -> String? {
        guard outcome.result == .answered else { return "its answer is an earlier one" }
        guard candidates(behind: outcome.model, for: outcome.line).isEmpty else { return nil }
        let request = run.reading.entry(ofLine: outcome.line)?.request
        let all = request.map { run.candidates(of: $0, at: run.services.now()) } ?? []
        return all.count > 1 ? "\(outcome.model) is the last model of its route" : "it asks for one model alone"
    }

    private func candidates(behind model: String, for line: Int) -> [Model] {
        guard let request = run.reading.entry(ofLine: line)?.request else { return [] }
        return run.candidates(of: request, at: run.services.now()).behind(model)
    }

    /// The second answers as they stand on disk.
    func secondAnswers() throws -> SecondAnswers {
        let number = run.plan.escalationNumber(of: shard)
        guard let escalation = try run.directory.escalation(number) else { return SecondAnswers(shard: number) }
        return SecondAnswers(
            shard: number, escalation: escalation, entries: try ShardFile.read(run.directory.shard(number)).entries)
    }

    /// What became of the escalation, behind the reason of a defect.
    func explain(_ defect: Defect, of first: ShardFile.Entry, _ second: SecondAnswers) -> Defect {
        let note: String
        if let decided = second.escalation[first.outcome.line] {
            switch second.entries[first.outcome.line]?.outcome {
            case nil: return defect
            case let outcome? where outcome.hasAnswer:
                note = "escalated: the answer of \(decided.model) before was defective, too (\(decided.check))"
            case let outcome?:
                note = "escalated in vain: \(outcome.error?.message ?? "\(outcome.model) answered with an error")"
            }
        } else if run.gate.policy.consequences.rejected == .escalate,
            let hindrance = hindrance(toEscalating: first.outcome)
        {
            note = "not escalated: \(hindrance)"
        } else {
            return defect
        }
        return Defect(check: defect.check, reason: "\(defect.reason); \(note)")
    }
}
