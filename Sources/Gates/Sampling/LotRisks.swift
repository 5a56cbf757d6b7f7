import BatchCore

/// The promises of a policy for one lot, in whole answers. A lot is acceptable with `acceptable` defective ones or
/// fewer: the most whose share is not above the policy's. It is rejectable with `rejectable` or more: the fewest whose
/// share is not below. Between the two nothing is promised.
struct LotRisks {
    let lot: Int
    let acceptable: Int
    let rejectable: Int
    /// The greatest risk that an acceptable lot is rejected, and that a rejectable one is accepted.
    let alpha: Double
    let beta: Double

    init(_ policy: SamplePolicy, lot: Int) {
        precondition(lot >= 0, "a lot of \(lot) is none")
        self.lot = lot
        alpha = policy.alpha
        beta = policy.beta
        // Divided, not multiplied: 7 / 100 is the very number that 0.07 is read as, while 0.07 * 100 is above 7.
        func share(_ count: Int) -> Double { Double(count) / Double(lot) }
        let above = lot == 0 ? nil : (0...lot).firstHolding { share($0) > policy.acceptable }
        acceptable = (above ?? lot + 1) - 1
        let enough = lot == 0 ? nil : (0...lot).firstHolding { share($0) >= policy.rejectable }
        rejectable = max(1, enough ?? lot + 1)
    }

    /// All of the lot: what is found is what is there. Up to the rejectable share it is accepted.
    var census: SamplingPlan.Stage {
        SamplingPlan.Stage(inspected: lot, acceptance: rejectable - 1, rejection: rejectable)
    }

    /// The smallest sample that keeps both risks, with its acceptance number; nil: only the whole lot does.
    var single: SamplingPlan.Stage? {
        if lot < 2 { return nil }
        var smallest = 1
        for acceptance in 0..<rejectable {
            // More tolerance needs a larger sample for beta, so that the first which also keeps alpha is the smallest.
            let size = (smallest...lot - 1).firstHolding { keepsBeta(sample: $0, acceptance: acceptance) }
            guard let size else { return nil }
            smallest = size
            if keepsAlpha(sample: size, acceptance: acceptance) {
                return SamplingPlan.Stage(inspected: size, acceptance: acceptance, rejection: acceptance + 1)
            }
        }
        return nil
    }

    func keepsAlpha(sample: Int, acceptance: Int) -> Bool {
        Hypergeometric(lot: lot, defective: acceptable, sample: sample).atLeast(acceptance + 1) <= alpha
    }

    func keepsBeta(sample: Int, acceptance: Int) -> Bool {
        Hypergeometric(lot: lot, defective: rejectable, sample: sample).atMost(acceptance) <= beta
    }

    /// Both risks, exactly, and what is looked at on average in an acceptable lot.
    func figures(of stages: [SamplingPlan.Stage]) -> (alpha: Double, beta: Double, averageSample: Double) {
        let good = SamplingPlan.course(of: stages, lot: lot, defective: acceptable)
        let bad = SamplingPlan.course(of: stages, lot: lot, defective: rejectable)
        return (good.rejection, bad.acceptance, good.averageSample)
    }
}
