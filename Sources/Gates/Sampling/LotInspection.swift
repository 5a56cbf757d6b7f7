package import BatchCore

/// The inspection of one lot by a plan, step by step: which answers to look at next, and what follows from what was
/// found. The order is drawn from a seed, so that a verdict can be reproduced from what is on disk; what is recorded in
/// another order than it was asked for comes to the same.
package struct LotInspection: Sendable {
    package enum Decision: String, Sendable {
        case accepted, rejected
    }

    package let plan: SamplingPlan
    /// nil: `next` names what is still to be looked at.
    package private(set) var decision: Decision?
    package private(set) var inspected = 0
    package private(set) var defective = 0
    /// Positions in the lot (from 0) to look at, and to `record`, before anything can be decided; empty once it is.
    /// Where answers are looked at one by one, all that will be needed in any case come at once.
    package private(set) var next: [Int] = []

    /// Positions in the order in which they are drawn; shuffled up to `drawn`.
    private var order: [Int]
    private var drawn = 0
    private var random: DigestStream
    private var stage = 0

    /// - Parameter lot: how many answers there are.
    package init(_ policy: SamplePolicy, lot: Int, seed: SHA256Digest) {
        self.init(SamplingPlan(policy, lot: lot), seed: seed)
    }

    /// For many lots of one size, whose plan is the same.
    package init(_ plan: SamplingPlan, seed: SHA256Digest) {
        self.plan = plan
        order = Array(0..<plan.lot)
        random = DigestStream(seed)
        stage = firstDecidingStage(from: 0)
        draw()
    }

    /// The seed of a shard: the same each time that the job is judged.
    package static func seed(job: String, shard: Int) -> SHA256Digest {
        SHA256.digest(of: Array("sample \(job)/\(shard)".utf8))
    }

    /// - Precondition: `position` is in `next`.
    package mutating func record(_ position: Int, isDefective: Bool) {
        guard let place = next.firstIndex(of: position) else {
            preconditionFailure("position \(position) is not among those to look at next")
        }
        next.remove(at: place)
        inspected += 1
        if isDefective { defective += 1 }
        if next.isEmpty { decide() }
    }

    private mutating func decide() {
        if defective <= plan.stages[stage].acceptance {
            decision = .accepted
        } else if defective >= plan.stages[stage].rejection {
            decision = .rejected
        } else {
            stage = firstDecidingStage(from: stage + 1)
            draw()
        }
    }

    /// The first stage at which something can be decided, if all that is drawn until then were good or all bad.
    private func firstDecidingStage(from start: Int) -> Int {
        plan.stages.indices[start...].first { index in
            let stage = plan.stages[index]
            return defective <= stage.acceptance || defective + stage.inspected - inspected >= stage.rejection
        } ?? plan.stages.count - 1
    }

    /// Fisher and Yates, as far as it is needed.
    private mutating func draw() {
        let end = plan.stages[stage].inspected
        if end == drawn { return decide() }
        for place in drawn..<end { order.swapAt(place, place + random.below(plan.lot - place)) }
        next = Array(order[drawn..<end])
        drawn = end
    }
}
