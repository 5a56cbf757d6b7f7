package import BatchCore

/// What a plan promises, what it holds, and what it costs: its operating characteristic, exactly.
package struct PlanCurve: Equatable, Sendable {
    package struct Point: Equatable, Sendable {
        /// Of the lot.
        package let defective: Int
        package let rate: Double
        package let course: PlanCourse
    }

    package let plan: SamplingPlan
    /// The most defective ones of an acceptable lot, and the fewest of a rejectable one.
    package let acceptable: Point
    package let rejectable: Point
    /// Ascending by `defective`; both points above are among them.
    package let points: [Point]

    /// - Parameters:
    ///   - lot: one at least.
    ///   - count: about how many points there are, up to twice the rejectable rate.
    package init(_ policy: SamplePolicy, lot: Int, points count: Int) {
        let plan = SamplingPlan(policy, lot: lot)
        let risks = LotRisks(policy, lot: lot)
        func point(_ defective: Int) -> Point {
            Point(
                defective: defective, rate: Double(defective) / Double(lot), course: plan.course(defective: defective))
        }
        let rejectable = min(risks.rejectable, lot)
        let last = min(lot, max(2 * rejectable, 4))
        let step = max(1, last / max(count, 1))
        let places = Set(stride(from: 0, through: last, by: step)).union([risks.acceptable, rejectable, last])
        self.plan = plan
        points = places.sorted().map(point)
        acceptable = point(risks.acceptable)
        self.rejectable = point(rejectable)
    }

    /// The true risks: that an acceptable lot is rejected, and that a rejectable one is accepted.
    package var alpha: Double { acceptable.course.rejection }
    package var beta: Double { rejectable.course.acceptance }

    /// The most that are looked at on average, whatever the lot is like; over the points.
    package var dearest: Double { points.map(\.course.averageSample).max() ?? 0 }
}
