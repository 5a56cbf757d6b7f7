import BatchCore
import Gates

extension GateCommand.Plan {
    func text(_ curve: PlanCurve, _ all: [PlanCurve], _ policy: SamplePolicy) -> [String] {
        let plan = curve.plan
        let (good, bad) = (curve.acceptable, curve.rejectable)
        var lines = [
            "\(plan.kind.rawValue) plan for a shard of \(plan.lot) answers: \(plan.procedure)",
            "",
        ]
        lines += Terminal.table([
            ["", "defective", "of the shard", "risk", "stated", "true"],
            [
                "acceptable", "\(percent(policy.acceptable)) or less", "\(good.defective) or fewer", "rejected (alpha)",
                percent(policy.alpha), percent(curve.alpha),
            ],
            [
                "rejectable", "\(percent(policy.rejectable)) or more", "\(bad.defective) or more", "accepted (beta)",
                percent(policy.beta), percent(curve.beta),
            ],
        ])
        lines += ["", "operating characteristic:"]
        lines += Terminal.table(
            [["defective", "rate", "accepted", "looked at on average"]]
                + curve.points.map { point in
                    [
                        "\(point.defective)", percent(point.rate), percent(point.course.acceptance),
                        decimal(point.course.averageSample, places: 1),
                    ]
                })
        lines += ["", "what a shard costs, in answers that are looked at:"]
        lines += Terminal.table(
            [["plan", "acceptable", "rejectable", "dearest", "at most"]]
                + all.map { cost in
                    [
                        cost.plan.kind.rawValue, decimal(cost.acceptable.course.averageSample, places: 1),
                        decimal(cost.rejectable.course.averageSample, places: 1), decimal(cost.dearest, places: 1),
                        "\(cost.plan.largestSample)",
                    ]
                })
        return lines
    }
}

extension SamplingPlan {
    /// What is done, in words.
    fileprivate var procedure: String {
        if isCensus { return "all are looked at; accepted with \(defective(stages[0].acceptance))" }
        if stages.count == 1 {
            return "\(stages[0].inspected) are looked at; accepted with \(defective(stages[0].acceptance))"
        }
        guard kind == .double else { return "one after the other, \(largestSample) at the most" }
        let (first, last) = (stages[0], stages[1])
        return "\(first.inspected) are looked at; accepted with \(defective(first.acceptance)), rejected with "
            + "\(first.rejection) or more; else \(last.inspected - first.inspected) more, accepted with "
            + "\(defective(last.acceptance)) in all"
    }

    private func defective(_ count: Int) -> String { count == 0 ? "none defective" : "\(count) defective or fewer" }
}

/// Rounded, with that many digits behind the point.
func decimal(_ value: Double, places: Int) -> String {
    let scale = (0..<places).reduce(1) { scale, _ in scale * 10 }
    let units = Int((value * Double(scale)).rounded())
    let fraction = String(units % scale)
    return places == 0
        ? "\(units)" : "\(units / scale)." + String(repeating: "0", count: places - fraction.count) + fraction
}

/// A share from 0 to 1: `9.53 %`.
func percent(_ share: Double) -> String { "\(decimal(share * 100, places: 2)) %" }
