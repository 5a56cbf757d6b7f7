/// What becomes of a lot under a plan, exactly.
package struct PlanCourse: Equatable, Sendable {
    /// Probability of acceptance, a point of the operating characteristic curve.
    package var acceptance = 0.0
    /// Probability of rejection, summed by itself so that a small one keeps its digits.
    package var rejection = 0.0
    /// Average number of answers that are looked at.
    package var averageSample = 0.0

    package init() {}
}

extension SamplingPlan {
    /// - Parameter defective: of the lot, from 0 to `lot`.
    package func course(defective: Int) -> PlanCourse {
        Self.course(of: stages, lot: lot, defective: defective)
    }

    /// Forward over the stages: how likely it is that nothing is decided yet, by what was found.
    static func course(of stages: [Stage], lot: Int, defective: Int) -> PlanCourse {
        precondition((0...max(lot, 0)).contains(defective), "\(defective) of \(lot) cannot be defective")
        var course = PlanCourse()
        /// `open[i]`: `first + i` defective ones so far.
        var (open, first, inspected) = ([1.0], 0, 0)
        for stage in stages {
            let drawn = stage.inspected - inspected
            course.averageSample += Double(drawn) * open.reduce(0, +)
            var reached = [Double](repeating: 0, count: open.count + drawn)
            for (place, probability) in open.enumerated() where probability > 0 {
                let found = first + place
                if drawn == 1 {
                    // One answer after the other is most of the work of a sequential plan.
                    let share = Double(defective - found) / Double(lot - inspected)
                    reached[place] += probability * (1 - share)
                    reached[place + 1] += probability * share
                } else {
                    let more = Hypergeometric(lot: lot - inspected, defective: defective - found, sample: drawn)
                    for count in more.range { reached[place + count] += probability * more.probability(of: count) }
                }
            }
            inspected = stage.inspected
            open = []
            let start = first
            first = max(start, stage.acceptance + 1)
            for (place, probability) in reached.enumerated() {
                let found = start + place
                if found <= stage.acceptance {
                    course.acceptance += probability
                } else if found >= stage.rejection {
                    course.rejection += probability
                } else {
                    open.append(probability)
                }
            }
        }
        return course
    }
}
