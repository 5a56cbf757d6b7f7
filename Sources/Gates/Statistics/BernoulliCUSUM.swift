import Glibc

/// A cumulative sum over one answer after the other that finds a rate of defects which has gone up from `acceptable` to
/// `rejectable` (E. S. Page, Continuous inspection schemes, 1954; for single items M. R. Reynolds and Z. G. Stoumbos,
/// A CUSUM chart for monitoring a proportion when inspecting continuously, 1999).
///
/// The weights of the likelihood ratio are rounded to whole numbers, as the latter do it: a good answer takes one away,
/// a defective one adds `weight - 1`, and the sum is never below zero. So its average run lengths are exact.
package struct BernoulliCUSUM: Equatable, Sendable {
    package let weight: Int
    /// The sum at which the chart signals.
    package let threshold: Int

    /// - Parameters:
    ///   - acceptable, rejectable: defect rates, the first below the second. What is outside of 0.0001...0.95 is taken
    ///     as the nearest of them: no sum tells a rate of zero from one that is never seen.
    ///   - runLength: how many answers there are on average from zero to a signal while the rate is `acceptable`, at
    ///     the least.
    package init(acceptable: Double, rejectable: Double, runLength: Double) {
        let good = min(max(acceptable, 0.0001), 0.9)
        let bad = min(max(rejectable, good * 1.05), 0.95)
        let odds = log(bad * (1 - good) / (good * (1 - bad)))
        weight = max(2, Int((odds / -log((1 - bad) / (1 - good))).rounded()))
        var low = 0
        var high = weight
        while Self.runLength(weight: weight, threshold: high, rate: good) < runLength { (low, high) = (high, 2 * high) }
        while high - low > 1 {
            let middle = (low + high) / 2
            if Self.runLength(weight: weight, threshold: middle, rate: good) < runLength {
                low = middle
            } else {
                high = middle
            }
        }
        threshold = high
    }

    /// The average number of answers from a sum of zero to the signal, at a rate of defects above 0 and below 1.
    package func runLength(at rate: Double) -> Double {
        Self.runLength(weight: weight, threshold: threshold, rate: rate)
    }

    /// The sum after `checked` answers of a job, of which `defects` are defective. The answers of a job come in no
    /// order of time, so its defects are spread evenly over them: each in the middle of its part, so that not every job
    /// ends with one.
    package func sum(after sum: Int, checked: Int, defects: Int) -> Int {
        var sum = sum
        func found(in count: Int) -> Int { (count * defects + checked / 2) / checked }
        for index in 0..<checked {
            let isDefective = found(in: index + 1) > found(in: index)
            sum = max(0, isDefective ? sum + weight - 1 : sum - 1)
        }
        return sum
    }

    /// With E(i) for the run length from the sum i: E(i) = 1 + (1 - rate) E(i - 1) + rate E(i + weight - 1), nothing
    /// from the threshold on, and zero below zero. From the top down each is a + b E(i - 1).
    static func runLength(weight: Int, threshold: Int, rate: Double) -> Double {
        var steps: [(a: Double, b: Double)] = Array(repeating: (0, 0), count: threshold)
        for sum in (0..<threshold).reversed() {
            // Where a defect leads to, by E(sum).
            var up = (a: 0.0, b: 0.0)
            if sum + weight - 1 < threshold {
                up.b = 1
                for higher in (sum + 1)..<(sum + weight) {
                    up = (steps[higher].a + steps[higher].b * up.a, steps[higher].b * up.b)
                }
            }
            if sum == 0 { return (1 + rate * up.a) / (rate * (1 - up.b)) }
            let scale = 1 - rate * up.b
            steps[sum] = ((1 + rate * up.a) / scale, (1 - rate) / scale)
        }
        return 0
    }
}
