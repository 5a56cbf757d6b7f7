/// Names a reservation: the shard that it is for. Written as `JOB/0007`.
package struct ReservationID: Hashable, Sendable, CustomStringConvertible {
    package let job: String
    package let shard: Int

    package init(job: String, shard: Int) {
        self.job = job
        self.shard = shard
    }

    package init?(_ text: String) {
        guard let slash = text.lastIndex(of: "/"), slash > text.startIndex,
            let shard = Int(text[text.index(after: slash)...]), shard >= 0
        else { return nil }
        self.init(job: String(text[..<slash]), shard: shard)
        // One spelling an id: two would be two reservations of one shard.
        guard description == text else { return nil }
    }

    package var description: String { "\(job)/\(padded(shard, to: 4))" }
}

/// Who asks for money.
package struct ReservationRequest: Hashable, Sendable {
    package let id: ReservationID
    package let lane: String
    /// The one model that its requests are sent to.
    package let model: String
    /// The user who delivered the file.
    package let uid: UInt32
    /// The n-th reservation of this shard, from 1: it ties each outcome in the shard's file to what paid for it.
    package let round: Int

    package init(id: ReservationID, lane: String, model: String, uid: UInt32, round: Int) {
        self.id = id
        self.lane = lane
        self.model = model
        self.uid = uid
        self.round = round
    }

    /// The same for another round.
    package func inRound(_ round: Int) -> ReservationRequest {
        ReservationRequest(id: id, lane: lane, model: model, uid: uid, round: round)
    }

    /// The caps within a day that it falls under.
    var shares: [CapScope] { [.lane(lane), .model(model), .uid(uid)] }
}

/// A reservation in the books that is not settled to its end.
package struct OpenReservation: Equatable, Sendable {
    package let request: ReservationRequest
    package let worstCase: Amount
    package var settlement: Settlement

    init(request: ReservationRequest, worstCase: Amount) {
        self.request = request
        self.worstCase = worstCase
        settlement = Settlement(open: worstCase)
    }
}

/// What became of a reservation so far: totals since it was made. The last settlement leaves nothing open.
package struct Settlement: Equatable, Sendable {
    package var spent: Amount
    /// Sent, and no answer seen: charged at the worst case until shown otherwise.
    package var unknown: Amount
    /// Still set aside.
    package var open: Amount

    package init(spent: Amount = .zero, unknown: Amount = .zero, open: Amount = .zero) {
        self.spent = spent
        self.unknown = unknown
        self.open = open
    }

    package var committed: Amount { spent + unknown + open }

    /// In a sum over several reservations: one of them has gone on.
    package mutating func replace(_ before: Settlement, with after: Settlement) {
        spent += after.spent - before.spent
        unknown += after.unknown - before.unknown
        open += after.open - before.open
    }
    package var leavesNothingOpen: Bool { open.isZero }
}

/// Money set aside for requests of one shard: the permission to send them. It has one legal end, `settled`; dropped on
/// a throwing path it stays open in the daily budget file, and the next start settles it from the shard's file:
/// forgetting may cost, it cannot overspend.
package struct Reservation: ~Copyable, Sendable {
    package let request: ReservationRequest
    package let day: CivilDate
    package let worstCase: Amount
    /// How many of the requests that were asked for it pays, from the front.
    package let count: Int

    package init(request: ReservationRequest, day: CivilDate, worstCase: Amount, count: Int) {
        self.request = request
        self.day = day
        self.worstCase = worstCase
        self.count = count
    }
}
