/// The requests that wait for money which is set aside elsewhere and may be freed. Small ones would pass a large one
/// for ever; so after `passesMax` reservations under a cap that it waits for, what it needs is kept for it.
struct MoneyLine: Sendable {
    static let passesMax = 16

    private struct Place {
        let scopes: Set<CapScope>
        let needed: Amount
        let since: Int
        var passes = 0
    }

    private var places: [ReservationID: Place] = [:]
    private var arrivals = 0

    /// - Parameters:
    ///   - scopes: the caps that refused.
    ///   - needed: the worst case of its first request.
    mutating func wait(_ id: ReservationID, for needed: Amount, under scopes: Set<CapScope>) {
        arrivals += 1
        let before = places[id]
        places[id] = Place(
            scopes: scopes, needed: needed, since: before?.since ?? arrivals, passes: before?.passes ?? 0)
    }

    mutating func leave(_ id: ReservationID) {
        places[id] = nil
    }

    /// Somebody else was granted money under these caps.
    mutating func pass(under scopes: Set<CapScope>) {
        for (id, place) in places where !place.scopes.isDisjoint(with: scopes) { places[id]?.passes += 1 }
    }

    /// What is kept under a cap for those who were passed too often and came before `id`.
    func kept(under scope: CapScope, before id: ReservationID) -> Amount {
        if places.isEmpty { return .zero }
        let own = places[id]
        return places.reduce(.zero) { sum, entry in
            let (other, place) = entry
            guard other != id, place.passes >= Self.passesMax, place.scopes.contains(scope) else { return sum }
            // Of two that were passed too often the first to come goes first.
            if let own, own.passes >= Self.passesMax, own.since < place.since { return sum }
            return sum + place.needed
        }
    }
}
