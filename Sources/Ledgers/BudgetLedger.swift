package import BatchCore

/// The book of what may be spent and what was. An embedded one is `FileBudgetLedger`; one for several hosts would stand
/// behind the same protocol.
package protocol BudgetLedger: Sendable {
    /// Sets the worst cases of requests of one shard aside, of as many as the caps can pay for, in their order. When
    /// this returns a reservation, its record is fsynced and the first byte may go out.
    /// - Parameters:
    ///   - worstCases: one for each request, at the dearest price on its route (DESIGN, promise 2); at least one.
    ///   - day: the day in the caps' time zone; the caller decides it, no clock is read for it here.
    /// - Returns: the reservation, or the refusal of the first request with its sum. Never a smaller amount a request.
    /// - Throws: `.damaged` or `.file`. Nothing may be sent after either.
    func reserve(
        _ worstCases: [Amount], for request: ReservationRequest, on day: CivilDate
    ) async throws(LedgerError) -> ReservationDecision

    /// Books what a reservation has cost so far (totals), so that the rest is free for the next request at once. It
    /// reaches the disk with the next record that has to; a crash before that is repaired from the shard's file.
    func settlePart(_ reservation: borrowing Reservation, _ settlement: Settlement) async

    /// Ends a reservation: durable when this returns.
    /// - Parameter settlement: totals since the reservation, nothing open.
    func settle(_ reservation: consuming Reservation, _ settlement: Settlement) async throws(LedgerError)
}

package enum ReservationDecision: ~Copyable, Sendable {
    case granted(Reservation)
    case refused(BudgetRefusal)
}
