import BatchCore

extension SamplingPlan {
    /// The plan in a report: `single: 38 of 180, accepted with 1 defect or fewer`.
    package var words: String {
        if isCensus { return "all of \(lot), accepted with \(defects(stages[0]))" }
        if stages.count == 1 { return "single: \(stages[0].inspected) of \(lot), accepted with \(defects(stages[0]))" }
        guard kind == .double else { return "sequential: at most \(largestSample) of \(lot)" }
        let sizes = stages.map { "\($0.inspected)" }.joined(separator: ", then ")
        let limits = stages.map { defects($0) }.joined(separator: ", then ")
        return "double: \(sizes) of \(lot), accepted with \(limits)"
    }

    private func defects(_ stage: Stage) -> String {
        switch stage.acceptance {
        case ...0: "no defect"
        case 1: "1 defect or fewer"
        case let count: "\(count) defects or fewer"
        }
    }
}
