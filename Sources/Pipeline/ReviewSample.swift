import BatchCore
import Gates

/// Which of the good answers of a job a person looks at, and how many bad ones among them are no reason to reject. It
/// follows from the job alone, so that it is the same after a crash.
struct ReviewSample {
    /// Among the good answers, from 0.
    let positions: [Int]
    let allowed: Int

    /// - Parameter answers: how many there are, one at least.
    init(of answers: Int, job: String, _ policy: GatePolicy) {
        let plan = Self.plan(for: answers, policy)
        positions = LotInspection(plan, seed: SHA256.digest(of: Array("review \(job)".utf8))).next
        allowed = plan.stages[0].acceptance
    }

    /// A person gets the whole sample at once, so that it is a single one whatever kind of plan the judges have.
    private static func plan(for answers: Int, _ policy: GatePolicy) -> SamplingPlan {
        if policy.sample.statedAcceptable != nil {
            var sample = policy.sample
            sample.plan = .single
            return SamplingPlan(sample, lot: answers)
        }
        let size = min(answers, policy.consequences.reviewLines)
        let allowed = (0...size).last { $0 == 0 || Double($0) / Double(size) < policy.rejectable } ?? 0
        let stage = SamplingPlan.Stage(inspected: size, acceptance: allowed, rejection: allowed + 1)
        return SamplingPlan(kind: .single, lot: answers, stages: [stage])
    }
}
