/// Double plans: a second sample only where the first leaves it open.
extension LotRisks {
    /// The one with the smallest average sample in an acceptable lot, of this family: the second sample is as large as
    /// the first or twice that; after the first, what is more than the second may have in all is rejected; the first is
    /// the smallest that keeps beta. Acceptance numbers go up to half as many again as that of the single plan and
    /// three, in steps of a sixteenth of them.
    /// - Returns: nil: none of them keeps both risks and spares something.
    func double(against single: SamplingPlan.Stage) -> [SamplingPlan.Stage]? {
        var best: (stages: [SamplingPlan.Stage], averageSample: Double)?
        let step = 1 + single.acceptance / 16
        for last in stride(from: 1, through: single.acceptance * 3 / 2 + 3, by: step) {
            for first in stride(from: 0, to: last, by: step) {
                for multiple in [2, 3] {
                    let bound = min(lot / multiple, Int(best?.averageSample ?? Double(single.inspected)))
                    guard bound > 0 else { continue }
                    func stages(_ size: Int) -> [SamplingPlan.Stage] {
                        [
                            SamplingPlan.Stage(inspected: size, acceptance: first, rejection: last + 1),
                            SamplingPlan.Stage(inspected: size * multiple, acceptance: last, rejection: last + 1),
                        ]
                    }
                    let size = (1...bound).firstHolding { risks(of: stages($0), defective: rejectable) <= beta }
                    guard let size else { continue }
                    let figures = figures(of: stages(size))
                    guard figures.alpha <= alpha,
                        figures.averageSample < best?.averageSample ?? Double(single.inspected)
                    else { continue }
                    best = (stages(size), figures.averageSample)
                }
            }
        }
        return best?.stages
    }

    private func risks(of stages: [SamplingPlan.Stage], defective: Int) -> Double {
        SamplingPlan.course(of: stages, lot: lot, defective: defective).acceptance
    }
}
