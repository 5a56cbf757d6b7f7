import Glibc

/// The parts of a binomial probability that stay exact where factorials cancel: Loader, "Fast and Accurate Computation
/// of Binomial Probabilities" (2000). A difference of log-gammas of 50,000 would lose five digits.
enum LogProbability {
    /// ln of the probability of `successes` in `trials`, each with `rate`; `-infinity` where it cannot be.
    static func binomial(_ successes: Int, of trials: Int, rate: Double) -> Double {
        guard (0...trials).contains(successes) else { return -.infinity }
        if rate <= 0 { return successes == 0 ? 0 : -.infinity }
        if rate >= 1 { return successes == trials ? 0 : -.infinity }
        let (x, n) = (Double(successes), Double(trials))
        if successes == 0 { return n * log1p(-rate) }
        if successes == trials { return n * log(rate) }
        let exponent =
            stirlingError(trials) - stirlingError(successes) - stirlingError(trials - successes)
            - deviance(x, from: n * rate) - deviance(n - x, from: n * (1 - rate))
        return exponent - 0.5 * (log(2 * Double.pi) + log(x) + log1p(-x / n))
    }

    /// ln n! less Stirling's formula for it.
    private static func stirlingError(_ n: Int) -> Double {
        if n <= 15 { return n == 0 ? 0 : small[n] }
        let n = Double(n)
        let square = n * n
        // Bernoulli numbers; the next term is below 1e-16 from 16 on.
        return (1.0 / 12 - (1.0 / 360 - (1.0 / 1260 - (1.0 / 1680 - 1.0 / 1188 / square) / square) / square) / square)
            / n
    }

    /// Up to 15! a factorial is a whole number that a double holds.
    private static let small: [Double] = (0...15).map { n in
        if n == 0 { return 0 }
        let factorial = (1...n).reduce(1, *)
        return log(Double(factorial)) - (Double(n) + 0.5) * log(Double(n)) + Double(n) - 0.5 * log(2 * Double.pi)
    }

    /// x ln(x / mean) + mean - x, by its series where the terms would cancel.
    private static func deviance(_ x: Double, from mean: Double) -> Double {
        guard abs(x - mean) < 0.1 * (x + mean) else { return x * log(x / mean) + mean - x }
        let ratio = (x - mean) / (x + mean)
        var sum = (x - mean) * ratio
        var term = 2 * x * ratio
        let square = ratio * ratio
        for odd in stride(from: 3.0, through: 2001, by: 2) {
            term *= square
            let next = sum + term / odd
            if next == sum { break }
            sum = next
        }
        return sum
    }
}
