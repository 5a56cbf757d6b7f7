/// GOOD ENOUGH: gate.toml, for every lane.
package struct GatePolicies: Equatable, Sendable {
    /// What holds in a lane without a table of its own.
    package var standard = GatePolicy()
    package var byLane: [String: GatePolicy] = [:]

    package init() {}
}

/// The checks of gate.toml and what they decide, in one lane. Every answer is checked; a sampling plan that checks
/// fewer fits behind the same verdict.
package struct GatePolicy: Equatable, Sendable {
    package var checks = CheckPolicy()
    /// The checks of models that have a table of their own, by the name of the model that answered.
    package var checksByModel: [String: CheckPolicy] = [:]
    package var sample = SamplePolicy()
    /// Requests in the canary shard; 0: no canary.
    package var canaryLines = 20
    package var consequences = ConsequencePolicy()
    /// Who judges sampled answers; nil: every answer is checked, and none is judged.
    package var judge: JudgePolicy?

    package init() {}

    /// A shard with this share of defective answers, or a larger one, is rejected.
    package var rejectable: Double {
        get { sample.rejectable }
        set { sample.rejectable = newValue }
    }
}
