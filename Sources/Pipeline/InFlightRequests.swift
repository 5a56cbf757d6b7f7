package import BatchCore

/// The requests that some shard is paying for right now. A shard takes the keys of all its requests at once, and waits
/// while holding none: two shards that wait for each other's cannot come about.
package actor InFlightRequests {
    private var held: Set<RequestKey> = []
    /// Those of batches that are out, of shards that are not at work: nobody waits while holding them.
    private var kept: [ReservationID: Set<RequestKey>] = [:]
    private var waiting: [CheckedContinuation<Void, Never>] = []

    package init() {}

    /// Returns once no other shard holds any of the keys, and this one holds them all.
    /// - Parameters:
    ///   - owners: the numbers under which keys of this very shard may be kept. They are taken over, or, where it has
    ///     to wait, given back first.
    ///   - givesUp: asked before each wait; true ends it.
    /// - Returns: whether it had to wait: what it asks for may have been answered meanwhile; nil: it gave up, and holds
    ///   none.
    package func take(
        _ keys: Set<RequestKey>, for owners: [ReservationID] = [], orGiveUpIf givesUp: @Sendable () -> Bool
    ) async -> Bool? {
        var hasWaited = false
        while isHeld(keys, besides: owners) {
            letGo(of: owners)
            if givesUp() { return nil }
            hasWaited = true
            await withCheckedContinuation { waiting.append($0) }
        }
        for owner in owners { kept[owner] = nil }
        held.formUnion(keys)
        return hasWaited
    }

    /// Does some other shard hold one of the keys?
    package func isHeld(_ keys: Set<RequestKey>, besides owners: [ReservationID] = []) -> Bool {
        !held.isDisjoint(with: keys)
            || kept.contains { !owners.contains($0.key) && !$0.value.isDisjoint(with: keys) }
    }

    /// - Parameter left: what batches hold that go on without the shard.
    package func giveBack(_ keys: Set<RequestKey>, keeping left: [ReservationID: Set<RequestKey>] = [:]) {
        held.subtract(keys)
        keep(left)
        wakeWaiting()
    }

    package func keep(_ keys: [ReservationID: Set<RequestKey>]) { kept.merge(keys) { $1 } }

    /// No batch is out under these numbers any more, or nobody looks after it.
    package func letGo(of owners: [ReservationID]) {
        guard owners.contains(where: { kept[$0] != nil }) else { return }
        for owner in owners { kept[owner] = nil }
        wakeWaiting()
    }

    /// The same of all shards of a job.
    package func letGo(ofJob job: String) { letGo(of: kept.keys.filter { $0.job == job }) }

    /// Lets those who wait ask again whether they give up.
    package func wakeWaiting() {
        for waiter in waiting { waiter.resume() }
        waiting = []
    }
}
