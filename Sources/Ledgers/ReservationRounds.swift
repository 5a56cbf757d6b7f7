import BatchCore

/// The last reservation of each shard on one day: its round, and whether anything was charged under it. A round is used
/// again only if nothing was sent under it: else an outcome could not be told from one that was paid for before.
struct ReservationRounds: Sendable {
    private var last: [ReservationID: (number: Int, wasCharged: Bool)] = [:]

    /// - Returns: the round before which it would come, or which it would use again; nil: it can stand here.
    func obstacle(to request: ReservationRequest) -> Int? {
        guard let last = last[request.id], request.round < last.number + (last.wasCharged ? 1 : 0) else { return nil }
        return last.number
    }

    /// The files of a restored job know less than the books do: it goes on behind what these know.
    func behindLast(_ request: ReservationRequest) -> ReservationRequest {
        guard let last = last[request.id], obstacle(to: request) != nil else { return request }
        return request.inRound(last.number + (last.wasCharged ? 1 : 0))
    }

    mutating func note(_ request: ReservationRequest) { last[request.id] = (request.round, false) }

    mutating func note(_ settlement: Settlement, of id: ReservationID) {
        if !(settlement.spent + settlement.unknown).isZero { last[id]?.wasCharged = true }
    }
}
