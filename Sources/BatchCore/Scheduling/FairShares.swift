/// What each of several parties has been given, as start-time fair queueing counts it (Goyal, Vin, Cheng: Start-time
/// Fair Queuing, SIGCOMM 1996): the next turn is of the one whose start is smallest.
struct FairShares<Party: Hashable & Sendable>: Sendable {
    /// Where the next turn of a party starts, in units of service over weight.
    private var starts: [Party: Double] = [:]
    /// Where those start who begin to wait: behind nobody who waits. It goes on as what all are given does, shared
    /// among those who wait, so that parties that come one after the other, each for one turn, pass nobody for ever.
    private var now = 0.0

    var count: Int { starts.count }

    func start(of party: Party) -> Double { starts[party] ?? now }

    /// The party begins to wait, or could not have a turn until now: it has saved nothing up.
    mutating func join(_ party: Party) {
        starts[party] = max(start(of: party), now)
    }

    /// The party takes its turn.
    /// - Parameter others: who wait, and could have had it.
    mutating func charge(_ party: Party, _ service: Double, among others: Set<Party>) {
        let start = start(of: party)
        let share = others.isEmpty ? 0 : service / Double(others.count + 1)
        // A turn out of turn must not carry those who come later behind those who wait.
        let least = others.reduce(others.isEmpty ? start : .infinity) { min($0, self.start(of: $1)) }
        now = max(now, min(start + share, least))
        starts[party] = start + service
    }

    /// Whoever is forgotten starts like one who was never here.
    mutating func forget(except kept: (Party) -> Bool) {
        starts = starts.filter { kept($0.key) }
    }
}
