package import BatchCore

/// The requests that some shard is paying for right now. A shard takes the keys of all its requests at once, and waits
/// while holding none: two shards that wait for each other's cannot come about.
package actor InFlightRequests {
    private var held: Set<RequestKey> = []
    private var waiting: [CheckedContinuation<Void, Never>] = []

    package init() {}

    /// Returns once no other shard holds any of the keys, and this one holds them all.
    /// - Returns: whether it had to wait: what it asks for may have been answered meanwhile.
    package func take(_ keys: Set<RequestKey>) async -> Bool {
        var hasWaited = false
        while !held.isDisjoint(with: keys) {
            hasWaited = true
            await withCheckedContinuation { waiting.append($0) }
        }
        held.formUnion(keys)
        return hasWaited
    }

    /// Does some other shard hold one of the keys?
    package func isHeld(_ keys: Set<RequestKey>) -> Bool { !held.isDisjoint(with: keys) }

    package func giveBack(_ keys: Set<RequestKey>) {
        held.subtract(keys)
        for waiter in waiting { waiter.resume() }
        waiting = []
    }
}
