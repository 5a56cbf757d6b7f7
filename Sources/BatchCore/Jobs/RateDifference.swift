/// The difference of two shares, with the interval in which it lies at 95 %: the hybrid of two score intervals of
/// Newcombe (1998, "Interval estimation for the difference between independent proportions", method 10), which is a
/// closed form and covers well also where a share is near 0 and a sample is small.
package struct RateDifference: Equatable, Sendable {
    package typealias Count = (part: Int, whole: Int)

    /// The first less the second.
    package let rate: Double
    package let low: Double
    package let high: Double

    package static let confidence = 0.95
    /// Of the normal distribution, at 0.975.
    private static let quantile = 1.959963984540054

    /// - Precondition: no part is above its whole. nil where a whole is 0.
    package init?(_ one: Count, _ other: Count) {
        guard one.whole > 0, other.whole > 0 else { return nil }
        precondition(
            0...one.whole ~= one.part && 0...other.whole ~= other.part, "\(one) and \(other) are no shares")
        let (first, second) = (Self.score(one), Self.score(other))
        rate = first.rate - second.rate
        low = rate - Self.distance(first.rate - first.low, second.high - second.rate)
        high = rate + Self.distance(first.high - first.rate, second.rate - second.low)
    }

    private static func distance(_ one: Double, _ other: Double) -> Double { (one * one + other * other).squareRoot() }

    /// Wilson's interval (1927).
    private static func score(_ count: Count) -> (rate: Double, low: Double, high: Double) {
        let (part, whole) = (Double(count.part), Double(count.whole))
        let (rate, square) = (part / whole, quantile * quantile)
        let middle = 2 * part + square
        let width = quantile * (square + 4 * part * (1 - rate)).squareRoot()
        let scale = 2 * (whole + square)
        return (rate, max(0, (middle - width) / scale), min(1, (middle + width) / scale))
    }

    /// The members `rate, low, high, confidence`.
    package func write(to writer: inout JSONWriter) {
        writer.member("rate", rate)
        writer.member("low", low)
        writer.member("high", high)
        writer.member("confidence", Self.confidence)
    }
}
