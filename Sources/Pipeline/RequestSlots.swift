import Synchronization

/// How many requests are in flight, of one lane or of all together: first come, first served.
package final class RequestSlots: Sendable {
    private struct Waiter {
        let isWanted: @Sendable () -> Bool
        let continuation: CheckedContinuation<Bool, Never>
    }

    private struct State {
        var count: Int
        /// Below zero where there were more.
        var free: Int
        /// Those before `first` have gone.
        private var waiting: [Waiter?] = []
        private var first = 0

        init(_ count: Int) {
            self.count = count
            free = count
        }

        mutating func add(_ waiter: Waiter) { waiting.append(waiter) }

        mutating func next() -> Waiter? {
            guard first < waiting.count else { return nil }
            let waiter = waiting[first]
            waiting[first] = nil
            first += 1
            // The line may never be empty, and a place in it holds a whole job.
            if first == waiting.count || first > 64 && first * 2 > waiting.count {
                waiting.removeFirst(first)
                first = 0
            }
            return waiter
        }

        /// Takes those out of the line who have no reason to wait.
        mutating func takeUnwanted() -> [Waiter] {
            // Each is asked once: what it says may change at any moment.
            var gone: [Waiter] = []
            var staying: [Waiter?] = []
            for case let waiter? in waiting[first...] {
                if waiter.isWanted() { staying.append(waiter) } else { gone.append(waiter) }
            }
            (waiting, first) = (staying, 0)
            return gone
        }
    }

    private let state: Mutex<State>

    package init(_ count: Int) {
        state = Mutex(State(count))
    }

    /// Waits for a slot.
    /// - Parameter isWanted: whether there is still a reason to wait; asked at first and by `letGo`.
    /// - Returns: false: there is none, and no slot was taken.
    package func take(while isWanted: @escaping @Sendable () -> Bool) async -> Bool {
        guard isWanted() else { return false }
        if takeFree() { return true }
        return await withCheckedContinuation { continuation in
            let answer = state.withLock { state -> Bool? in
                if state.free > 0 {
                    state.free -= 1
                    return true
                }
                // `letGo` may have come and gone since it was asked.
                if !isWanted() { return false }
                state.add(Waiter(isWanted: isWanted, continuation: continuation))
                return nil
            }
            if let answer { continuation.resume(returning: answer) }
        }
    }

    private func takeFree() -> Bool {
        state.withLock { state in
            if state.free <= 0 { return false }
            state.free -= 1
            return true
        }
    }

    package func giveBack() {
        let next = state.withLock { state -> Waiter? in
            if state.free >= 0, let next = state.next() { return next }
            state.free += 1
            return nil
        }
        next?.continuation.resume(returning: true)
    }

    /// There are so many from now on; what is in flight beyond them ends.
    package func resize(to count: Int) {
        let next = state.withLock { state -> [Waiter] in
            state.free += count - state.count
            state.count = count
            var next: [Waiter] = []
            while state.free > 0, let waiter = state.next() {
                state.free -= 1
                next.append(waiter)
            }
            return next
        }
        for waiter in next { waiter.continuation.resume(returning: true) }
    }

    /// Sends away those who have no reason to wait any more: their turn may come after hours of others' requests.
    package func letGo() {
        for waiter in state.withLock({ $0.takeUnwanted() }) { waiter.continuation.resume(returning: false) }
    }
}

/// The slots of a lane, beside those of all lanes together.
package struct LaneSlots: Sendable {
    let lane: RequestSlots
    let all: RequestSlots

    package init(lane: RequestSlots, all: RequestSlots) {
        self.lane = lane
        self.all = all
    }

    /// Takes one of both, as `RequestSlots.take` does.
    func take(while isWanted: @escaping @Sendable () -> Bool) async -> Bool {
        guard await lane.take(while: isWanted) else { return false }
        if await all.take(while: isWanted) { return true }
        lane.giveBack()
        return false
    }

    func giveBack() {
        all.giveBack()
        lane.giveBack()
    }
}
