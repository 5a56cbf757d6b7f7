import BatchCore
import Glibc

/// Sequential plans: Wald's probability ratio test (1947), with the ratio of the finite lot, and an end.
extension LotRisks {
    /// After each answer the likelihood of what was found in a lot that is just rejectable is compared with that in one
    /// that is just acceptable. The bounds of Wald hold on average over both risks, and an end adds to them, so the
    /// bounds are moved apart until both risks, computed exactly, hold. Of several ends the one with the smallest
    /// average sample in an acceptable lot is taken; the first of them, at the size of the single plan, can always be
    /// kept.
    func sequential(against single: SamplingPlan.Stage) -> [SamplingPlan.Stage] {
        var best: (stages: [SamplingPlan.Stage], averageSample: Double)?
        for halves in [2, 3, 4, 6] {
            let end = single.inspected * halves / 2
            guard end < lot, let acceptance = acceptance(atEnd: end) else { continue }
            guard let stages = stages(endingAt: end, acceptance: acceptance) else { continue }
            let averageSample = figures(of: stages).averageSample
            if averageSample < best?.averageSample ?? .infinity { best = (stages, averageSample) }
        }
        return best?.stages ?? [single]
    }

    /// In the middle of those that keep both risks as a single plan.
    private func acceptance(atEnd end: Int) -> Int? {
        let fewest = (0...rejectable).firstHolding { keepsAlpha(sample: end, acceptance: $0) }
        let excessive = (0...rejectable).firstHolding { !keepsBeta(sample: end, acceptance: $0) }
        guard let fewest, let excessive, fewest < excessive else { return nil }
        return (fewest + excessive - 1) / 2
    }

    private func stages(endingAt end: Int, acceptance: Int) -> [SamplingPlan.Stage]? {
        var (nominalAlpha, nominalBeta) = (alpha, beta)
        for _ in 0..<100 {
            let stages = bounds(alpha: nominalAlpha, beta: nominalBeta, endingAt: end, acceptance: acceptance)
            let figures = figures(of: stages)
            if figures.alpha <= alpha && figures.beta <= beta { return stages }
            if figures.alpha > alpha { nominalAlpha *= 0.8 }
            if figures.beta > beta { nominalBeta *= 0.8 }
        }
        return nil
    }

    private func bounds(
        alpha: Double, beta: Double, endingAt end: Int, acceptance: Int
    ) -> [SamplingPlan.Stage] {
        let (accepting, rejecting) = (log(beta / (1 - alpha)), log((1 - beta) / alpha))
        var accepted = LikelihoodRatio(self)
        var rejected = LikelihoodRatio(self)
        var stages: [SamplingPlan.Stage] = []
        for inspected in 1...end {
            accepted.addGood()
            rejected.addGood()
            // Both numbers only grow: more answers that are found good speak for the lot. One stands at the first that
            // is too many to accept, the other at the first that is enough to reject.
            let last = min(acceptance, inspected)
            while accepted.found <= last, accepted.logarithm <= accepting { accepted.turnOneBad() }
            while rejected.found <= last, rejected.logarithm < rejecting { rejected.turnOneBad() }
            // What can no longer come out otherwise at the end is decided now.
            let rejects = min(rejected.found, acceptance + 1)
            let accepts = min(max(accepted.found - 1, acceptance - (end - inspected)), rejects - 1)
            stages.append(SamplingPlan.Stage(inspected: inspected, acceptance: accepts, rejection: rejects))
        }
        return stages
    }
}

/// How much likelier what was found is in a lot that is just rejectable than in one that is just acceptable: the ratio
/// of two hypergeometric probabilities, of which most cancels from step to step.
private struct LikelihoodRatio {
    private let risks: LotRisks
    private(set) var found = 0
    private var good = 0
    private var finite = 0.0

    init(_ risks: LotRisks) {
        self.risks = risks
    }

    /// Infinite where one of the two lots cannot give what was found.
    var logarithm: Double {
        if found > risks.acceptable { return .infinity }
        if good > risks.lot - risks.rejectable { return -.infinity }
        return finite
    }

    mutating func addGood() {
        finite += step(risks.lot - risks.rejectable - good, risks.lot - risks.acceptable - good)
        good += 1
    }

    /// One of those that were good is defective instead.
    mutating func turnOneBad() {
        good -= 1
        finite -= step(risks.lot - risks.rejectable - good, risks.lot - risks.acceptable - good)
        finite += step(risks.rejectable - found, risks.acceptable - found)
        found += 1
    }

    /// Of what cannot be, nothing is counted: `logarithm` says it.
    private func step(_ bad: Int, _ good: Int) -> Double { bad > 0 && good > 0 ? log(Double(bad) / Double(good)) : 0 }
}
