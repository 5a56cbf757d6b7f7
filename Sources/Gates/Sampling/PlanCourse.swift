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
        var (undecided, inspected) = (Undecided(upTo: stages), 0)
        for stage in stages {
            let drawn = stage.inspected - inspected
            course.averageSample += Double(drawn) * undecided.probability
            if drawn == 1 {
                undecided.drawOne(defective: defective, of: lot, after: inspected)
                undecided.decide(stage, &course)
            } else {
                undecided.draw(stage, defective: defective, of: lot, after: inspected, &course)
            }
            inspected = stage.inspected
        }
        return course
    }
}

/// How likely it is that so many defective ones were found and nothing is decided yet.
private struct Undecided {
    /// By what was found; zero outside of `found`.
    private var probabilities: [Double]
    private var found = 0...0

    init(upTo stages: [SamplingPlan.Stage]) {
        let most = stages.map { min($0.rejection, $0.inspected) }.max() ?? 0
        probabilities = [Double](repeating: 0, count: most + 2)
        probabilities[0] = 1
    }

    var probability: Double { probabilities[found].reduce(0, +) }

    /// One answer after the other is most of the work of a sequential plan: in place, from the top.
    mutating func drawOne(defective: Int, of lot: Int, after inspected: Int) {
        let rest = Double(lot - inspected)
        for count in stride(from: found.upperBound, through: found.lowerBound, by: -1) {
            let probability = probabilities[count]
            if probability == 0 { continue }
            let share = Double(defective - count) / rest
            probabilities[count + 1] += probability * share
            probabilities[count] = probability * (1 - share)
        }
        // Where nothing is undecided any more, the last place stands for none, and there is none behind it.
        found = found.lowerBound...min(found.upperBound + 1, probabilities.count - 1)
    }

    mutating func decide(_ stage: SamplingPlan.Stage, _ course: inout PlanCourse) {
        for count in found where count <= stage.acceptance || count >= stage.rejection {
            if count <= stage.acceptance {
                course.acceptance += probabilities[count]
            } else {
                course.rejection += probabilities[count]
            }
            probabilities[count] = 0
        }
        keep(stage)
    }

    /// Several at once: what is decided is a tail.
    mutating func draw(
        _ stage: SamplingPlan.Stage, defective: Int, of lot: Int, after inspected: Int, _ course: inout PlanCourse
    ) {
        var reached = [Double](repeating: 0, count: probabilities.count)
        for count in found where probabilities[count] > 0 {
            let probability = probabilities[count]
            let more = Hypergeometric(
                lot: lot - inspected, defective: defective - count, sample: stage.inspected - inspected)
            course.acceptance += probability * more.atMost(stage.acceptance - count)
            course.rejection += probability * more.atLeast(stage.rejection - count)
            let first = max(stage.acceptance + 1, count)
            for sum in first..<max(min(stage.rejection, stage.inspected + 1), first) {
                reached[sum] += probability * more.probability(of: sum - count)
            }
        }
        probabilities = reached
        found = 0...probabilities.count - 1
        keep(stage)
    }

    private mutating func keep(_ stage: SamplingPlan.Stage) {
        let first = max(found.lowerBound, stage.acceptance + 1)
        let last = min(found.upperBound, stage.rejection - 1)
        found = min(first, probabilities.count - 1)...max(min(first, probabilities.count - 1), last)
    }
}
