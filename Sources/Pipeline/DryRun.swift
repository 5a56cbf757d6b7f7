package import BatchCore
import DurableFiles
import Gates
package import Ledgers
package import SystemPackage

/// Steps 4 to 6 without consequences: what a file would come to. Sends nothing; writes nothing but a scratch file.
package struct DryRun: Sendable {
    package let planned: PlannedReading
    /// nil: every cap can pay for all of it today.
    package let refusalToday: BudgetRefusal?
    /// Who is asked about how many answers at the most; nil: nobody. What a model costs for it is not in the worst
    /// case: the answers are not known yet.
    package let judged: (by: JudgePolicy, answers: Int)?

    /// - Parameters:
    ///   - uid: who would deliver it.
    ///   - budget: the books as they stand; today is open in it.
    ///   - scratch: a directory for what memory should not hold.
    package init(
        _ file: FilePath, lane: Lane, uid: UInt32, policies: Policies, hashLog: any HashLog, budget: Budget,
        today: CivilDate, isRetry: Bool, now: Timestamp, scratchIn scratch: FilePath
    ) async throws {
        let policies = policies.reading(retries: isRetry)
        let dayCap = budget.days[today]?.cap ?? policies.budget.day
        let reader = InputReader(
            policies.readRules(lane, uid: uid, dayCap: dayCap), limits: policies.shardLimits(lane, dayCap: dayCap),
            hashLog: hashLog, isRetry: isRetry, now: now, keepsEntries: false, scratchIn: scratch)
        planned = try await withTaskExecutorPreference(FileExecutor.bulk) {
            try await reader.read(file) { request, stored in
                let response = try await hashLog.response(at: stored.locator, for: request.key)
                return response.map { policies.worth(request, $0) } ?? .zero
            }
        }
        judged = planned.plan.judged(by: policies.gates[lane.name].policy)
        refusalToday = planned.plan.refusal(under: budget, lane: lane, uid: uid, policies.catalogue, on: today)
    }

    /// How many lines are sent to a model on trial first, by route.
    package var tried: [(route: String, model: String, lines: Int)] {
        var lines: [String: (model: String, lines: Int)] = [:]
        for shard in plan.shards where shard.kind.isTrial && shard.role != .reused {
            guard let model = shard.kind.models?.first else { continue }
            lines[shard.kind.model, default: (model, 0)].lines += shard.lines.count
        }
        return lines.sorted { $0.key < $1.key }.map { ($0.key, $0.value.model, $0.value.lines) }
    }

    package var reading: Reading { planned.reading }
    package var plan: ShardPlan { planned.plan }
    /// What the duplicates would cost at the most: those from the log at what their answers took, those in the file at
    /// their worst case.
    package var saved: Money { planned.savedInFile + planned.savedFromLog }
}

extension Policies {
    /// What a known answer would cost at today's price.
    fileprivate func worth(_ request: BatchRequest, _ response: [UInt8]) -> Money {
        let usage = ResponseMember.answer(in: response, url: request.kind.url)?.usage ?? .zero
        let model = catalogue.candidates(of: request.kind).first
        return model?.prices?.first.cost(of: usage, images: request.images) ?? .zero
    }
}

extension ShardPlan {
    fileprivate func judged(by policy: GatePolicy) -> (by: JudgePolicy, answers: Int)? {
        guard let judge = policy.judge else { return nil }
        var samples: [Int: Int] = [:]  // most shards have one size
        let answers = shards.reduce(0) { sum, shard in
            let lot = shard.lines.count
            let sample = samples[lot] ?? SamplingPlan(policy.sample, lot: lot).largestSample
            samples[lot] = sample
            return sum + sample
        }
        return (judge, answers)
    }

    /// The first cap that cannot pay for all of the plan at once, each part of it on the first model that may answer.
    fileprivate func refusal(
        under budget: Budget, lane: Lane, uid: UInt32, _ catalogue: ModelCatalogue, on day: CivilDate
    ) -> BudgetRefusal? {
        if worstCase.isZero { return nil }
        let byModel = shards.reduce(into: [String: Amount]()) { sums, shard in
            sums[catalogue.candidates(of: shard.kind).first?.name ?? "", default: .zero] += shard.worstCase
        }
        func refusal(of amount: Amount, on model: String) -> BudgetRefusal? {
            let request = ReservationRequest(
                id: ReservationID(job: "plan", shard: 0), lane: lane.name, model: model, uid: uid, round: 1)
            return budget.refusal(of: amount, for: request, on: day)
        }
        return byModel.sorted { $0.key < $1.key }.lazy.compactMap { refusal(of: $1, on: $0) }.first
            ?? refusal(of: worstCase, on: "")
    }
}
