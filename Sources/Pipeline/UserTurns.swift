import Spooling

/// Arrivals that are ready and wait for their claim, of each user one after the other: a thousand files of one do not
/// keep another's waiting.
struct UserTurns {
    private var lists: [UInt32: LookList] = [:]
    /// Users with an arrival here, the next one first.
    private var order: [UInt32] = []

    var isEmpty: Bool { order.isEmpty }

    mutating func add(_ arrival: Arrival, of user: UInt32) {
        if lists[user] == nil { order.append(user) }
        lists[user, default: LookList()].add(arrival)
    }

    mutating func next() -> Arrival? {
        guard !order.isEmpty else { return nil }
        let user = order.removeFirst()
        let arrival = lists[user]?.next()
        if lists[user]?.isEmpty ?? true { lists[user] = nil } else { order.append(user) }
        return arrival
    }
}
