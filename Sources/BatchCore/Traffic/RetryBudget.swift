/// How many attempts on an endpoint may be repetitions: over any history at most `floor`, and `share` of the first
/// attempts. Retries of many clients at once are what keeps a server down that is overloaded ("Site Reliability
/// Engineering", 2016, ch. 21 and 22; Finagle's RetryBudget).
package struct RetryBudget: Sendable {
    /// Three more attempts on each of twenty lines: a canary that fails is judged, not waited for. More than that is
    /// never saved up.
    package static let floor = 60

    /// `retry_share` of models.toml.
    package var share: Double
    private var credit = Double(floor)

    package init(share: Double) {
        self.share = share
    }

    /// The first attempt on a line.
    package mutating func noteFirst() {
        credit = min(credit + share, Double(Self.floor))
    }

    /// - Returns: false: it is not to be made now.
    package mutating func takeRetry() -> Bool {
        // A fifth, five times, may be a little less than one.
        guard credit >= 1 - 1e-9 else { return false }
        credit -= 1
        return true
    }
}
