import BatchCore
import Spooling

/// What models that judge were paid in a job, by what stands on disk: also what was asked under an earlier
/// configuration.
struct JudgeCosts: Sendable {
    /// By the number of the shard that is judged.
    private(set) var shards: [Int: JudgeReport] = [:]
    private(set) var spent: [String: Money] = [:]
    private(set) var usage: [String: Usage] = [:]
    private(set) var unknown: [String: Amount] = [:]
    /// Answers whose token count is ours, and those that a server counted above the bound.
    private(set) var estimated = 0
    private(set) var exceedsBound = 0

    init(of run: JobRun) throws {
        for shard in run.plan.shards {
            let number = run.plan.judgeNumber(of: shard)
            let outcomes = try ShardFile.read(run.directory.shard(number)).entries.values.map(\.outcome)
            let attempts = try AttemptLog.summary(of: run.directory.requestAttempts(number))
            if outcomes.isEmpty, attempts.unknown.isEmpty { continue }
            var report = JudgeReport(shard: number)
            report.requests = outcomes.count
            report.reused = outcomes.count { $0.result == .reused }
            report.spent = outcomes.reduce(.zero) { $0 + $1.spent.usd }
            report.unknown = attempts.unknown.values.reduce(.zero) { $0 + $1.usd }
            shards[shard.number] = report
            for (model, lost) in attempts.unknownByModel { unknown[model, default: .zero] += lost }
            for outcome in outcomes where outcome.result == .answered {
                spent[outcome.model, default: .zero] += outcome.spent.usd
                usage[outcome.model, default: .zero] += outcome.usage
                if outcome.isEstimated { estimated += 1 }
                if outcome.exceedsBound { exceedsBound += 1 }
            }
        }
    }
}
