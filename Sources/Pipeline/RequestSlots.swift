/// How many requests of one lane are in flight: first come, first served.
package actor RequestSlots {
    private struct Waiter {
        let isWanted: @Sendable () -> Bool
        let continuation: CheckedContinuation<Bool, Never>
    }

    private var free: Int
    private var waiting: [Waiter] = []

    package init(_ count: Int) {
        free = count
    }

    /// Waits for a slot.
    /// - Parameter isWanted: whether there is still a reason to wait; asked at first and by `letGo`.
    /// - Returns: false: there is none, and no slot was taken.
    package func take(while isWanted: @escaping @Sendable () -> Bool) async -> Bool {
        guard isWanted() else { return false }
        if free > 0 {
            free -= 1
            return true
        }
        return await withCheckedContinuation { waiting.append(Waiter(isWanted: isWanted, continuation: $0)) }
    }

    package func giveBack() {
        if waiting.isEmpty {
            free += 1
        } else {
            waiting.removeFirst().continuation.resume(returning: true)
        }
    }

    /// Sends away those who have no reason to wait any more: their turn may come after hours of others' requests.
    package func letGo() {
        // Each is asked once: what it says may change at any moment.
        waiting = waiting.filter { waiter in
            let stays = waiter.isWanted()
            if !stays { waiter.continuation.resume(returning: false) }
            return stays
        }
    }
}
