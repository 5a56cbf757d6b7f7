package import BatchCore
import DurableFiles
import Gates
package import Ledgers
package import SystemPackage

/// Steps 4 to 6 without consequences: what a file would come to. Sends nothing, writes nothing.
package struct DryRun: Sendable {
    package let reading: Reading
    package let plan: ShardPlan
    package let duplicatesInFile: Int
    package let duplicatesFromLog: Int
    /// What the duplicates would cost at the most: those from the log at what their answers took, those in the file at
    /// their worst case.
    package let saved: Money
    /// nil: every cap can pay for all of it today.
    package let refusalToday: BudgetRefusal?

    /// - Parameters:
    ///   - uid: who would deliver it.
    ///   - budget: the books as they stand; today is open in it.
    package init(
        _ file: FilePath, name: [UInt8], lane: Lane, uid: UInt32, policies: Policies, hashLog: any HashLog,
        budget: Budget,
        today: CivilDate, isRetry: Bool, now: Timestamp
    ) async throws {
        let dayCap = budget.days[today]?.cap ?? policies.budget.day
        let reader = InputReader(
            catalogue: policies.catalogue, lane: lane, uid: uid, budget: policies.budget, dayCap: dayCap)
        let reading = try reader.read(file)
        let recalled = try await hashLog.recall(reading.entries.map(\.request.key))
        let (plan, deduplication) = policies.plan(
            reading, recalled: recalled, isRetry: isRetry, lane: lane, dayCap: dayCap, now: now)
        self.reading = reading
        self.plan = plan
        duplicatesInFile = plan.duplicates.count
        var saved = plan.duplicates.keys.reduce(Money.zero) {
            $0 + (reading.entry(ofLine: $1)?.request.worstCase.usd ?? .zero)
        }
        var fromLog = 0
        let reused = Set(deduplication.lines.filter { $0.disposition == .reused }.map(\.number))
        for (entry, memory) in zip(reading.entries, recalled) where reused.contains(entry.line) {
            guard case .accepted(let stored) = memory,
                let response = try await hashLog.response(at: stored.locator, for: entry.request.key)
            else { continue }
            fromLog += 1
            let usage = ResponseMember.answer(in: response, url: entry.request.kind.url)?.usage ?? .zero
            let model = policies.catalogue.selection(named: entry.request.kind.model)?.candidates.first
            saved += model?.prices?.first.cost(of: usage, images: entry.request.images) ?? .zero
        }
        duplicatesFromLog = fromLog
        self.saved = saved
        refusalToday = plan.refusal(under: budget, lane: lane, uid: uid, policies.catalogue, on: today)
    }
}

extension ShardPlan {
    /// The first cap that cannot pay for all of the plan at once, each part of it on the first model that may answer.
    fileprivate func refusal(
        under budget: Budget, lane: Lane, uid: UInt32, _ catalogue: ModelCatalogue, on day: CivilDate
    ) -> BudgetRefusal? {
        if worstCase.isZero { return nil }
        let byModel = shards.reduce(into: [String: Amount]()) { sums, shard in
            sums[catalogue.models(for: shard.kind.model).first ?? "", default: .zero] += shard.worstCase
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
