package import BatchCore
import DurableFiles
import Ledgers
package import Spooling
import SystemPackage

/// What the files of one job say that it was charged: the other half of every check of the books.
package struct JobCharges: Sendable {
    package let job: JobID
    package let lane: String
    package let uid: UInt32
    package let claimedAt: Timestamp
    /// nil: it is in processing/.
    package let finishedAt: Timestamp?
    /// By shard. Of a finished job the money alone: its report does not tell the tokens of each shard.
    package var spent: [Int: Amount] = [:]
    /// By shard. Of a finished job all of it stands under 0.
    package var unknown: [Int: Amount] = [:]
    /// All of it once more, by the model that was asked; empty: the report of a line of which no model is known.
    package var byModel: [String: Settlement] = [:]
    /// Spent and unknown together.
    package var tokens = 0
    /// Attempts without an end: in flight, or they were when a process ended.
    package var inFlight: [AttemptLog.Attempt] = []

    package var spentUSD: Money { spent.values.reduce(.zero) { $0 + $1.usd } }
    package var unknownUSD: Money { unknown.values.reduce(.zero) { $0 + $1.usd } }
}

extension Spool {
    /// The charges of every job, finished or not. A job that moves on meanwhile is left out.
    /// - Parameter pass: what to do about one that is damaged, and left out as well.
    package func charges(passing pass: (JobDamage) -> Void) throws -> [JobCharges] {
        let finished = try finishedReports(passing: pass).compactMap { entry in
            let charges = JobCharges(entry.job, report: entry.report)
            if charges == nil {
                let file = entry.directory.appending("report.json")
                pass(JobDamage(file: file, reason: "it does not say what the job has cost"))
            }
            return charges
        }
        let known = Set(finished.map(\.job))
        return try finished
            + jobs().filter { !known.contains($0) }.compactMap { id in
                do {
                    // Its files may be removed in part by now; the report says what they said.
                    if let report = try job(id).verdictReport() { return JobCharges(id, report: report.value) }
                    return try JobCharges(job(id))
                } catch let damage as JobDamage {
                    pass(damage)
                    return nil
                }
            }
    }
}

extension JobCharges {
    fileprivate init?(_ job: JobID, report: JSONValue) {
        func money(_ value: JSONValue?) -> Money? { value?.string.flatMap { Money(recorded: $0) } }
        func time(_ name: String) -> Timestamp? { report["times"]?[name]?.string.flatMap { Timestamp($0) } }
        guard let lane = report["lane"]?.string, let claimed = time("claimed"), let finished = time("finished"),
            let unknown = money(report["cost"]?["unknown_usd"]), let tokens = report["figures"]?["tokens"]?.int
        else { return nil }
        // Reports of earlier versions do not tell the user.
        let uid = report["uid"]?.int.flatMap { UInt32(exactly: $0) } ?? 0
        self.init(job: job, lane: lane, uid: uid, claimedAt: claimed, finishedAt: finished)
        for model in report["models"]?.array ?? [] {
            guard let name = model["model"]?.string, let figures = Figures(model) else { return nil }
            byModel[name] = Settlement(
                spent: Amount(usd: figures.spent, tokens: figures.usage.total), unknown: figures.unknown)
        }
        for shard in report["shards"]?.array ?? [] {
            guard let number = shard["shard"]?.int, let usd = money(shard["spent_usd"]) else { return nil }
            spent[number] = Amount(usd: usd, tokens: 0)
            for apart in [shard["escalation"], shard["judge"]].compactMap({ $0 }) {
                guard let number = apart["shard"]?.int, let usd = money(apart["spent_usd"]) else { return nil }
                spent[number] = Amount(usd: usd, tokens: 0)
            }
        }
        self.unknown[0] = Amount(usd: unknown, tokens: 0)
        self.tokens = tokens
    }

    fileprivate init?(_ directory: JobDirectory) throws {
        guard let record = try directory.record(), let plan = try directory.plan() else { return nil }
        self.init(
            job: directory.id, lane: record.lane, uid: record.uid, claimedAt: record.claimedAt, finishedAt: nil)
        var ended: [Int: Set<Int>] = [:]
        var attempts = [try AttemptLog.summary(of: directory.attempts)]
        for shard in plan.shards {
            for number in plan.bookedNumbers(of: shard) {
                let outcomes = try ShardFile.read(directory.shard(number)).entries
                spent[number] = outcomes.values.reduce(.zero) { $0 + $1.outcome.spent }
                ended[number] = Set(outcomes.keys)
                for entry in outcomes.values {
                    byModel[entry.outcome.model, default: Settlement()].spent += entry.outcome.spent
                }
            }
            attempts.append(try AttemptLog.summary(of: directory.requestAttempts(plan.judgeNumber(of: shard))))
        }
        for file in attempts {
            unknown.merge(file.unknown, uniquingKeysWith: +)
            for (model, lost) in file.unknownByModel { byModel[model, default: Settlement()].unknown += lost }
            inFlight += file.unended.filter { ended[$0.shard]?.contains($0.line) != true }
        }
        tokens = (Array(spent.values) + Array(unknown.values)).reduce(0) { $0 + $1.tokens }
    }
}

extension AttemptLog {
    /// What one reservation of a shard has come to, by the files: nothing of it is open.
    func settlement(of shard: Int, round: Int, _ outcomes: [Int: ShardFile.Entry]) -> Settlement {
        let spent = outcomes.values.filter { $0.outcome.round == round }.reduce(Amount.zero) { $0 + $1.outcome.spent }
        return Settlement(spent: spent, unknown: unknown(in: shard, round: round))
    }
}
