package import BatchCore

/// The requests that some shard is paying for right now. A shard takes the keys of all its requests at once, and waits
/// while holding none: two shards that wait for each other's cannot come about.
package actor InFlightRequests {
    private var held: Set<RequestKey> = []
    private var waiting: [CheckedContinuation<Void, Never>] = []

    package init() {}

    /// Returns once no other shard holds any of the keys, and this one holds them all.
    /// - Parameter givesUp: asked before each wait; true ends it.
    /// - Returns: whether it had to wait: what it asks for may have been answered meanwhile; nil: it gave up, and holds
    ///   none.
    package func take(_ keys: Set<RequestKey>, orGiveUpIf givesUp: @Sendable () -> Bool) async -> Bool? {
        var hasWaited = false
        while !held.isDisjoint(with: keys) {
            if givesUp() { return nil }
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
        wakeWaiting()
    }

    /// Lets those who wait ask again whether they give up.
    package func wakeWaiting() {
        for waiter in waiting { waiter.resume() }
        waiting = []
    }
}
