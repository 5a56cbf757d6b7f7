import Glibc

/// How many of `trials` are defective where each is with probability `rate`, whatever the others are.
package struct Binomial: Equatable, Sendable {
    package let trials: Int
    package let rate: Double

    /// - Precondition: `trials` is not negative, `rate` from 0 to 1.
    package init(trials: Int, rate: Double) {
        precondition(trials >= 0 && rate >= 0 && rate <= 1, "\(trials) trials at \(rate) are no binomial distribution")
        self.trials = trials
        self.rate = rate
    }

    /// P(X = count); 0 for what cannot be. Relative error about 1e-13.
    package func probability(of count: Int) -> Double {
        exp(LogProbability.binomial(count, of: trials, rate: rate))
    }

    /// P(X <= count), summed on its smaller side.
    package func atMost(_ count: Int) -> Double { tails.atMost(count) }

    /// P(X >= count), summed on its smaller side.
    package func atLeast(_ count: Int) -> Double { tails.atLeast(count) }

    private var tails: Tails {
        let (trials, rate) = (trials, rate)
        return Tails(
            range: 0...trials, mean: Double(trials) * rate, probability: probability,
            ratio: { count in Double(trials - count) / Double(count + 1) * (rate / (1 - rate)) })
    }
}
