/// What parties were given while two of them both could have had the turn: the largest difference that arose over any
/// such time.
struct Turns<Party: Hashable & Comparable & Sendable> {
    private struct Pair: Hashable {
        let one: Party
        let other: Party
    }

    /// How much more the one was given than the other, since both wait; the least and the most that it was meanwhile.
    private struct Difference {
        var now = 0.0
        var least = 0.0
        var most = 0.0
    }

    private var groups: [Party: String] = [:]
    private var pairs: [Pair: Difference] = [:]

    var parties: [Party] { Array(groups.keys) }

    /// A turn is taken.
    /// - Parameters:
    ///   - service: over the weight of the party.
    ///   - candidates: who could have had it, the party included.
    ///   - group: turns of other groups do not concern these.
    mutating func note(_ party: Party, _ service: Double, among candidates: Set<Party>, _ group: String) {
        for (known, its) in groups where its == group && !candidates.contains(known) { leave(known) }
        for candidate in candidates { groups[candidate] = group }
        for other in candidates where other != party {
            let pair = Pair(one: min(party, other), other: max(party, other))
            var difference = pairs[pair] ?? Difference()
            difference.now += party == pair.one ? service : -service
            difference.least = min(difference.least, difference.now)
            difference.most = max(difference.most, difference.now)
            pairs[pair] = difference
        }
    }

    /// It waits no longer, or could not have a turn.
    mutating func leave(_ party: Party) {
        groups[party] = nil
        pairs = pairs.filter { $0.key.one != party && $0.key.other != party }
    }

    /// - Parameter largest: the largest service that a party of the group takes in one turn.
    func complaint(in group: String, _ largest: (Party) -> Double) -> String? {
        for (pair, difference) in pairs where groups[pair.one] == group {
            let bound = largest(pair.one) + largest(pair.other)
            if difference.most - difference.least > bound * 1.000_001 {
                return "\(pair.one) and \(pair.other) differ by \(difference.most - difference.least), bound \(bound)"
            }
        }
        return nil
    }
}
