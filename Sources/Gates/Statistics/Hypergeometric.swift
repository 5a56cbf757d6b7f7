import Glibc

/// How many of a sample are defective that is drawn, without putting back, from a lot of which `defective` are.
package struct Hypergeometric: Equatable, Sendable {
    package let lot: Int
    package let defective: Int
    package let sample: Int

    /// - Precondition: `defective` and `sample` are from 0 to `lot`.
    package init(lot: Int, defective: Int, sample: Int) {
        precondition(
            (0...max(lot, 0)).contains(defective) && (0...max(lot, 0)).contains(sample),
            "\(sample) of a lot of \(lot) with \(defective) defective is no hypergeometric distribution")
        self.lot = lot
        self.defective = defective
        self.sample = sample
    }

    /// The counts that can be found, in a row.
    package var range: ClosedRange<Int> { max(0, sample - (lot - defective))...min(sample, defective) }

    /// P(X = count); 0 for what cannot be. Relative error about 1e-12 for lots of 50,000.
    package func probability(of count: Int) -> Double {
        exp(logProbability(of: count))
    }

    /// ln P(X = count), also where P is too small for a double; `-infinity` for what cannot be.
    func logProbability(of count: Int) -> Double {
        guard range.contains(count) else { return -.infinity }
        if range.count == 1 { return 0 }
        // Three binomials whose rate cancels (Loader 2000): the sample's share of the lot keeps each near its middle.
        let rate = Double(sample) / Double(lot)
        return LogProbability.binomial(count, of: defective, rate: rate)
            + LogProbability.binomial(sample - count, of: lot - defective, rate: rate)
            - LogProbability.binomial(sample, of: lot, rate: rate)
    }

    /// P(X <= count), summed on its smaller side.
    package func atMost(_ count: Int) -> Double { tails.atMost(count) }

    /// P(X >= count), summed on its smaller side.
    package func atLeast(_ count: Int) -> Double { tails.atLeast(count) }

    private var tails: Tails {
        let (defective, sample, spare) = (defective, sample, lot - defective - sample)
        return Tails(
            range: range, mean: lot == 0 ? 0 : Double(sample) / Double(lot) * Double(defective),
            probability: probability,
            ratio: { count in
                Double(defective - count) / Double(count + 1) * Double(sample - count) / Double(spare + count + 1)
            })
    }
}
