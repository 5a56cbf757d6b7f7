/// Events to come, the earliest first; of two at one time the one that was added first. A binary heap.
struct EventLine<Event> {
    private struct Entry {
        let at: Int64
        let number: Int
        let event: Event

        func isBefore(_ other: Entry) -> Bool { (at, number) < (other.at, other.number) }
    }

    private var heap: [Entry] = []
    private var added = 0

    /// - Parameter at: in microseconds.
    mutating func add(_ event: Event, at: Int64) {
        added += 1
        heap.append(Entry(at: at, number: added, event: event))
        var child = heap.count - 1
        while child > 0, heap[child].isBefore(heap[(child - 1) / 2]) {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func next() -> (at: Int64, event: Event)? {
        guard let first = heap.first, let last = heap.popLast() else { return nil }
        if heap.isEmpty { return (first.at, first.event) }
        heap[0] = last
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && heap[child].isBefore(heap[least])
            {
                least = child
            }
            if least == parent { return (first.at, first.event) }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}

/// Requests that wait for a slot, first come, first served: runs of one shard's.
struct SlotLine {
    /// Below zero never: slots that nobody has.
    var free: Int
    private var runs: [(shard: Int, count: Int)] = []
    private var first = 0

    init(_ free: Int) {
        self.free = free
    }

    mutating func add(_ shard: Int, count: Int = 1) {
        if count > 0 { runs.append((shard, count)) }
    }

    /// The next request, if there is a free slot; it has the slot then.
    mutating func take() -> Int? {
        guard free > 0, first < runs.count else { return nil }
        free -= 1
        let shard = runs[first].shard
        runs[first].count -= 1
        if runs[first].count == 0 { first += 1 }
        if first > 1000, first * 2 > runs.count {
            runs.removeFirst(first)
            first = 0
        }
        return shard
    }
}
