/// Sums of a distribution with one mode, from a probability outwards by the ratio of neighbours: each term costs a few
/// roundings, and they become small soon. The larger side is what the smaller one leaves.
struct Tails {
    let range: ClosedRange<Int>
    let mean: Double
    let probability: (Int) -> Double
    /// P(count + 1) / P(count).
    let ratio: (Int) -> Double

    func atMost(_ count: Int) -> Double {
        if count < range.lowerBound { return 0 }
        if count >= range.upperBound { return 1 }
        return Double(count) < mean ? below(count) : max(0, 1 - above(count + 1))
    }

    func atLeast(_ count: Int) -> Double {
        if count <= range.lowerBound { return 1 }
        if count > range.upperBound { return 0 }
        return Double(count) > mean ? above(count) : max(0, 1 - below(count - 1))
    }

    private func below(_ count: Int) -> Double {
        var term = probability(count)
        var sum = term
        for place in stride(from: count - 1, through: range.lowerBound, by: -1) {
            term /= ratio(place)
            let next = sum + term
            if next == sum { break }
            sum = next
        }
        return min(sum, 1)
    }

    private func above(_ count: Int) -> Double {
        var term = probability(count)
        var sum = term
        for place in stride(from: count, to: range.upperBound, by: 1) {
            term *= ratio(place)
            let next = sum + term
            if next == sum { break }
            sum = next
        }
        return min(sum, 1)
    }
}
