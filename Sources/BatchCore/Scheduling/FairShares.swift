/// What each of several parties has been given, as start-time fair queueing counts it (Goyal, Vin, Cheng: Start-time
/// Fair Queuing, SIGCOMM 1996): the next turn is of the one whose start is smallest.
struct FairShares<Party: Hashable & Sendable>: Sendable {
    /// Where the next turn of a party starts, in units of service over weight.
    private var starts: [Party: Double] = [:]
    /// The start of the latest turn.
    private var now = 0.0

    func start(of party: Party) -> Double { max(starts[party] ?? now, 0) }

    /// The party begins to wait: it is not behind those that took turns meanwhile, nor before them.
    mutating func join(_ party: Party) {
        starts[party] = max(starts[party] ?? now, now)
    }

    /// The party takes its turn.
    mutating func charge(_ party: Party, _ service: Double) {
        now = max(now, start(of: party))
        starts[party] = start(of: party) + service
    }
}
