/// So many lines of one kind a minute, and then a count: whoever may write into the inbox must not be able to fill the
/// journal. Minutes are counted in ticks of a second.
struct RareWarnings {
    static let inMinute = 10

    private var ticks = 0
    private var said = 0
    private var unsaid = 0

    /// May this one be said?
    mutating func mayBeSaid() -> Bool {
        guard said < Self.inMinute else {
            unsaid += 1
            return false
        }
        said += 1
        return true
    }

    /// A second has passed.
    /// - Returns: how many were not said in the minute that ends now; nil: none, or it goes on.
    mutating func tick() -> Int? {
        ticks += 1
        guard ticks >= 60 else { return nil }
        let rest = unsaid
        self = RareWarnings()
        return rest == 0 ? nil : rest
    }
}
