/// A confidence interval for a share of defective ones, by inverting exact tests (Clopper and Pearson 1934): it covers
/// the true share with at least its confidence, whatever that share is.
package struct Interval: Equatable, Sendable {
    package let lower: Double
    package let upper: Double

    /// For a process: `defective` of `sample` independent ones.
    /// - Parameter confidence: above 0 and below 1, half of what is missing on either side.
    /// - Precondition: `defective` is from 0 to `sample`. A sample of none says nothing: 0 to 1.
    package init(defective: Int, of sample: Int, confidence: Double = 0.95) {
        Self.check(defective, sample, confidence)
        let tail = (1 - confidence) / 2
        lower =
            defective == 0
            ? 0 : Self.crossing { Binomial(trials: sample, rate: $0).atLeast(defective) > tail }
        upper =
            defective == sample
            ? 1 : Self.crossing { Binomial(trials: sample, rate: $0).atMost(defective) <= tail }
    }

    /// For a finite lot of which `sample` were looked at, by inverting the hypergeometric distribution: the shares of
    /// the lot that could well have given what was found. Looking at all of it leaves one.
    /// - Precondition: as above, and `sample` is at most `lot`.
    package init(defective: Int, of sample: Int, lot: Int, confidence: Double = 0.95) {
        let counts = Self.defectiveInLot(defective: defective, of: sample, lot: lot, confidence: confidence)
        lower = lot == 0 ? 0 : Double(counts.lowerBound) / Double(lot)
        upper = lot == 0 ? 1 : Double(counts.upperBound) / Double(lot)
    }

    /// The same as numbers of defective ones in the lot.
    package static func defectiveInLot(
        defective: Int, of sample: Int, lot: Int, confidence: Double = 0.95
    ) -> ClosedRange<Int> {
        check(defective, sample, confidence)
        precondition(sample <= lot, "a sample of \(sample) does not come from a lot of \(lot)")
        let tail = (1 - confidence) / 2
        let possible = defective...lot - (sample - defective)
        func found(_ inLot: Int) -> Hypergeometric { Hypergeometric(lot: lot, defective: inLot, sample: sample) }
        // More defective ones in the lot make more of them in the sample likelier: both conditions turn once.
        let lowest = possible.firstHolding { found($0).atLeast(defective) > tail } ?? possible.upperBound
        let beyond = possible.firstHolding { found($0).atMost(defective) <= tail } ?? possible.upperBound + 1
        return min(lowest, beyond - 1)...max(lowest, beyond - 1)
    }

    private static func check(_ defective: Int, _ sample: Int, _ confidence: Double) {
        precondition(
            defective >= 0 && defective <= sample && confidence > 0 && confidence < 1,
            "\(defective) of \(sample) at \(confidence) has no interval")
    }

    /// Where a condition on a rate turns from false to true, to the last bit.
    private static func crossing(_ holds: (Double) -> Bool) -> Double {
        var (low, high) = (0.0, 1.0)
        while true {
            let middle = low + (high - low) / 2
            if middle <= low || middle >= high { return high }
            if holds(middle) { high = middle } else { low = middle }
        }
    }
}
