package import BatchCore

/// How the answers of one shard are looked at, and when it is accepted or rejected: acceptance sampling for attributes,
/// without putting back. Single and double plans have the form of ISO 2859; a sequential one is a stage an answer.
package struct SamplingPlan: Equatable, Sendable {
    /// What is decided once this many were looked at.
    package struct Stage: Equatable, Sendable {
        /// All stages before it included.
        package let inspected: Int
        /// Accepted with this many defective ones or fewer; -1: nothing is accepted yet.
        package let acceptance: Int
        /// Rejected with this many or more; above `inspected`: nothing is rejected yet.
        package let rejection: Int

        package init(inspected: Int, acceptance: Int, rejection: Int) {
            self.inspected = inspected
            self.acceptance = acceptance
            self.rejection = rejection
        }
    }

    /// As it was asked for. Where no sample keeps both risks, or a plan of that kind spares nothing against a single
    /// one, `stages` is one stage all the same.
    package let kind: SamplePolicy.Plan
    package let lot: Int
    /// One at least. Ascending by `inspected`; the last decides in any case.
    package let stages: [Stage]

    /// The cheapest plan of the policy's kind that keeps both risks for this lot.
    /// - Parameter lot: answers of the shard, not negative.
    package init(_ policy: SamplePolicy, lot: Int) {
        kind = policy.plan
        self.lot = lot
        let risks = LotRisks(policy, lot: lot)
        guard let single = risks.single else {
            stages = [risks.census]
            return
        }
        switch policy.plan {
        case .single: stages = [single]
        case .double: stages = risks.double(against: single) ?? [single]
        case .sequential: stages = risks.sequential(against: single)
        }
    }

    /// - Precondition: as `stages` says.
    package init(kind: SamplePolicy.Plan, lot: Int, stages: [Stage]) {
        self.kind = kind
        self.lot = lot
        self.stages = stages
    }

    /// Every answer is looked at, whatever is found: nothing smaller keeps both risks.
    package var isCensus: Bool { stages[0].inspected == lot }

    /// The most that are looked at.
    package var largestSample: Int { stages[stages.count - 1].inspected }
}
