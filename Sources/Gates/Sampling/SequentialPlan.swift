import BatchCore
import Glibc

/// Sequential plans: Wald's probability ratio test (1947), with the ratio of the finite lot, and an end.
extension LotRisks {
    /// After each answer the likelihood of what was found in a lot that is just rejectable is compared with that in one
    /// that is just acceptable. The bounds of Wald hold on average over both risks, and an end adds to them, so the
    /// bounds are moved apart until both risks, computed exactly, hold. Of several ends the one with the smallest
    /// average sample in an acceptable lot is taken; the first of them, at the size of the single plan, can always be kept.
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
        var (accepted, rejected) = (-1, 0)
        var stages: [SamplingPlan.Stage] = []
        for inspected in 1...end {
            // Both numbers only grow: more answers that are found good speak for the lot.
            while accepted + 1 <= acceptance, ratio(accepted + 1, of: inspected) <= accepting { accepted += 1 }
            while rejected <= inspected, ratio(rejected, of: inspected) < rejecting { rejected += 1 }
            // What can no longer come out otherwise at the end is decided now.
            let rejects = min(rejected, acceptance + 1)
            let accepts = min(max(accepted, acceptance - (end - inspected)), rejects - 1)
            stages.append(SamplingPlan.Stage(inspected: inspected, acceptance: accepts, rejection: rejects))
        }
        return stages
    }

    /// ln of the likelihood ratio; infinite where one of the two lots cannot give what was found.
    private func ratio(_ found: Int, of inspected: Int) -> Double {
        let bad = Hypergeometric(lot: lot, defective: rejectable, sample: inspected)
        let good = Hypergeometric(lot: lot, defective: acceptable, sample: inspected)
        if found > good.range.upperBound { return .infinity }
        if found < bad.range.lowerBound { return -.infinity }
        return bad.logProbability(of: found) - good.logProbability(of: found)
    }
}
