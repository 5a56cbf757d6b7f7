package import BatchCore

/// Whether the answers to one prompt are still as good as they were: a control chart of the days (a p-chart with exact
/// limits; W. A. Shewhart 1931) and a cumulative sum over all answers (`BernoulliCUSUM`). The first finds the day on
/// which something broke, the second what gets slowly worse.
package struct DriftChart: Equatable, Sendable {
    package struct Day: Equatable, Sendable {
        package let day: CivilDate
        package fileprivate(set) var checked: Int
        package fileprivate(set) var defects: Int
        /// The rate that it is compared with.
        package fileprivate(set) var base: Double
        /// So many defects or more are beyond the limit.
        package fileprivate(set) var limit: Int
        /// Of the CUSUM, behind its last job.
        package fileprivate(set) var sum = 0

        package var isOut: Bool { defects >= limit }
    }

    package enum Change: Equatable, Sendable {
        /// It is out of its bounds now, and why.
        case left(String)
        /// It is within them again.
        case returned
    }

    /// What is charted: a window of days, the newest last.
    package static let daysKept = 90
    /// Answers to a false alarm of the sum, on average, while the rate is the acceptable one.
    package static let runLength = 100_000.0
    /// Of a day to be beyond its limit by chance: that of three standard deviations of a normal distribution.
    package static let dayRisk = 0.00135
    /// Answers of earlier days that make a rate to compare with; with fewer it is the acceptable one.
    private static let baseAnswers = 200

    package let acceptable: Double
    package let cusum: BernoulliCUSUM
    package private(set) var days: [Day] = []
    package private(set) var sum = 0
    package private(set) var isOut = false

    /// - Parameters: defect rates as in `[sample]` of gate.toml.
    package init(acceptable: Double, rejectable: Double) {
        self.acceptable = acceptable
        cusum = BernoulliCUSUM(acceptable: acceptable, rejectable: rejectable, runLength: Self.runLength)
    }

    /// The answers of one job.
    /// - Parameter day: of the budget; one that is before the newest counts for the newest.
    /// - Returns: what is news; nil: nothing.
    package mutating func add(day: CivilDate, checked: Int, defects: Int) -> Change? {
        guard checked > 0 else { return nil }
        if days.last.map({ $0.day < day }) ?? true {
            days.append(Day(day: day, checked: 0, defects: 0, base: acceptable, limit: 1))
            if days.count > Self.daysKept { days.removeFirst() }
        }
        let last = days.count - 1
        days[last].checked += checked
        days[last].defects += defects
        days[last].base = baseRate
        days[last].limit = Self.limit(answers: days[last].checked, rate: days[last].base)
        // Above the threshold it says nothing more, and it should not take for ever to come down again.
        sum = min(cusum.sum(after: sum, checked: checked, defects: defects), cusum.threshold)
        days[last].sum = sum
        let reason = reason
        if !isOut, let reason {
            isOut = true
            return .left(reason)
        }
        if isOut, sum == 0, reason == nil {
            isOut = false
            return .returned
        }
        return nil
    }

    /// The rate that the newest day is compared with.
    private var baseRate: Double {
        let earlier = days.dropLast()
        let answers = earlier.reduce(0) { $0 + $1.checked }
        guard answers >= Self.baseAnswers else { return acceptable }
        return max(acceptable, Double(earlier.reduce(0) { $0 + $1.defects }) / Double(answers))
    }

    private var reason: String? {
        guard let day = days.last else { return nil }
        if day.isOut {
            return "\(day.defects) of \(day.checked) answers of \(day.day) are defective; "
                + "chance alone gives \(day.limit) or more once in \(Int((1 / Self.dayRisk).rounded())) days"
        }
        guard sum >= cusum.threshold else { return nil }
        return "for some time more than \(acceptable) of the answers have been defective "
            + "(CUSUM \(sum) of \(cusum.threshold))"
    }

    /// The least number of defects that so many answers have by chance with no more than `dayRisk`.
    static func limit(answers: Int, rate: Double) -> Int {
        let chance = Binomial(trials: answers, rate: rate)
        var (low, high) = (0, answers + 1)
        while high - low > 1 {
            let middle = (low + high) / 2
            if chance.atLeast(middle) <= dayRisk { high = middle } else { low = middle }
        }
        return high
    }
}
