package import BatchCore
import Gates

extension Policies {
    /// Where the shards of a job end. A shard within every cap can be reserved in one piece.
    package func shardLimits(_ lane: Lane, dayCap: Cap) -> ShardPlanner.Limits {
        let caps = [dayCap, budget.lanes[lane.name] ?? Cap(), budget.job]
        return ShardPlanner.Limits(
            lines: lane.shardLines,
            cost: Cap(usd: caps.compactMap(\.usd).min(), tokens: caps.compactMap(\.tokens).min()),
            canaryLines: gates[lane.name].policy.canaryLines)
    }

    /// - Parameter isPlanned: the file has its plan, which names lines up to its end: it is read as far, whatever the
    ///   limits have become since.
    package func readRules(_ lane: Lane, uid: UInt32, dayCap: Cap, isPlanned: Bool = false) -> ReadRules {
        ReadRules(
            catalogue: catalogue, lane: lane, uid: uid, budget: budget, dayCap: dayCap,
            strata: gates[lane.name].policy.sample.strata, limits: isPlanned ? nil : limits)
    }

    /// What a simulation of this configuration goes by.
    package func simulation(
        shardOverhead: Duration = SimulationRules.measuredOverhead, crashEvery: Duration? = nil, seed: UInt64 = 1
    ) -> SimulationRules {
        let names = Set(lanes.keys).union([Lane.defaultName])
        let canaries = names.map { ($0, gates[$0].policy.canaryLines) }
        return SimulationRules(
            schedule: schedule, budget: budget, catalogue: catalogue,
            canaryLines: Dictionary(uniqueKeysWithValues: canaries), shardOverhead: shardOverhead,
            crashEvery: crashEvery, seed: seed)
    }
}
