import Glibc

/// Looks until the condition holds.
/// - Returns: false if it still does not hold at the deadline.
func eventually(within limit: Duration = .seconds(10), _ condition: () -> Bool) async -> Bool {
    let deadline = ContinuousClock.now + limit
    while !condition() {
        guard ContinuousClock.now < deadline else { return false }
        poll(nil, 0, 2)
        await Task.yield()
    }
    return true
}
