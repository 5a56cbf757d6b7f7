package import BatchCore
import Gates
package import Ledgers

/// Steps 5 and 6 together, as `bobbin plan` and a job both need them.
extension Policies {
    package func plan(
        _ reading: Reading, recalled: [Memory?], isRetry: Bool, lane: Lane, dayCap: Cap, now: Timestamp
    ) -> (plan: ShardPlan, deduplication: Deduplication) {
        let deduplication = reading.deduplicated(recalled, isRetry: isRetry, lane: lane, now: now)
        let caps = [dayCap, budget.lanes[lane.name] ?? Cap(), budget.job]
        let limits = ShardPlanner.Limits(
            lines: lane.shardLines,
            cost: Cap(usd: caps.compactMap(\.usd).min(), tokens: caps.compactMap(\.tokens).min()),
            canaryLines: gate.policy.canaryLines)
        var planner = ShardPlanner(limits: limits)
        return (planner.plan(deduplication.lines, duplicates: deduplication.duplicates), deduplication)
    }
}
