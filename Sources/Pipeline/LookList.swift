import Spooling

/// The arrivals to look at: first come, first served, and each once however often it is named. While nothing may start
/// hints go on coming in, so that a plain list would grow without end.
struct LookList {
    private var arrivals: [Arrival] = []
    private var first = 0
    private var members: Set<Arrival> = []

    var isEmpty: Bool { members.isEmpty }
    var count: Int { members.count }

    mutating func add(_ arrival: Arrival) {
        if members.insert(arrival).inserted { arrivals.append(arrival) }
    }

    mutating func next() -> Arrival? {
        guard first < arrivals.count else { return nil }
        let arrival = arrivals[first]
        first += 1
        members.remove(arrival)
        if first == arrivals.count {
            arrivals.removeAll(keepingCapacity: true)
            first = 0
        }
        return arrival
    }
}
