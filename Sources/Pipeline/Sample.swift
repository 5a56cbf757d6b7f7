import BatchCore
import Gates

/// What a judge found in a sample of a shard.
struct SampleFindings: Sendable {
    var isAccepted: Bool
    var figures: SampleFigures
    /// By line.
    var defects: [Int: Defect]
}

/// The second half of step 10: a judge looks at a sample of the answers that passed every check. Trouble with the judge
/// is no verdict: the shard waits, however many answers have passed.
extension ShardRun {
    enum SampleEnd: Sendable {
        case decided(SampleFindings)
        case parked(ParkReason)
    }

    /// - Parameter lot: lines that passed, in the order of the input.
    /// - Returns: nil: the lane has no judge.
    func sample(_ lot: [Int], _ answers: CountingAnswers) async throws -> SampleEnd? {
        guard let policy = run.gate.policy.judge, !lot.isEmpty else { return nil }
        var judge = try await judge(policy, JudgeQuestions(about: self, answers))
        let end = try await inspect(lot, &judge)
        try await judge.close()
        return end
    }

    private func inspect(_ lot: [Int], _ judge: inout any SampleJudge) async throws -> SampleEnd {
        var inspection = LotInspection(
            run.gate.policy.sample, lot: lot.count, seed: LotInspection.seed(job: run.job, shard: shard.number))
        var defects: [Int: Defect] = [:]
        while inspection.decision == nil {
            let asked = inspection.next
            let found = try await judge.ask(asked.map { lot[$0] })
            if let hindrance = found.hindrance { return .parked(hindrance) }
            defects.merge(found.defects) { old, _ in old }
            for position in asked { inspection.record(position, isDefective: found.defects[lot[position]] != nil) }
        }
        var figures = SampleFigures(plan: inspection.plan.words)
        figures.sampled = inspection.inspected
        figures.defective = inspection.defective
        return .decided(
            SampleFindings(isAccepted: inspection.decision == .accepted, figures: figures, defects: defects))
    }
}
