extension ClosedRange<Int> {
    /// The first number for which a condition holds that holds for all beyond it; nil: it holds for none. By halving.
    func firstHolding(_ condition: (Int) -> Bool) -> Int? {
        var (low, high) = (lowerBound, upperBound + 1)
        while low < high {
            let middle = low + (high - low) / 2
            if condition(middle) { high = middle } else { low = middle + 1 }
        }
        return low > upperBound ? nil : low
    }
}
