package import BatchCore

/// The book of what may be spent and what was. An embedded one is `FileBudgetLedger`; one for several hosts would stand
/// behind the same protocol.
package protocol BudgetLedger: Sendable {
    /// Sets the worst cases of requests of one shard aside, of as many as the caps can pay for, in their order. When
    /// this returns a reservation, its record is fsynced and the first byte may go out.
    /// - Parameters:
    ///   - worstCases: one for each request, at the dearest price on its route; at least one.
    ///   - day: the day in the caps' time zone; the caller decides it, no clock is read for it here.
    /// - Returns: the reservation, or the refusal of the first request with its sum. Never a smaller amount a request.
    ///   Its round is the one that was asked for, or a later one where the books know of that one already.
    /// - Throws: `.damaged` or `.file`. Nothing may be sent after either.
    func reserve(
        _ worstCases: [Amount], for request: ReservationRequest, on day: CivilDate
    ) async throws(LedgerError) -> ReservationDecision

    /// Books one request of an open reservation that is over, so that what it did not use is free at once. It reaches
    /// the disk with the next record that has to; a crash before that is repaired from the shard's file.
    /// - Parameter part: the request's own share, not a total.
    func settlePart(_ id: ReservationID, on day: CivilDate, _ part: SettledPart)

    /// Ends a reservation: what is still set aside was not sent, and is free. Durable when this returns.
    func settle(_ reservation: consuming Reservation) async throws(LedgerError)

    /// Ends a reservation that an earlier process made, with totals from the shard's file. Durable when this returns.
    func close(_ id: ReservationID, on day: CivilDate, _ settlement: Settlement) async throws(LedgerError)

    /// Returns once money was freed, or a cap was changed, after the refusal of that generation.
    func change(since generation: Int) async

    /// A shard that was refused, and was told that this can change, waits no longer: others are not held up for it.
    func stopWaiting(_ id: ReservationID) async

    /// Ends every wait in `change`: what is waited for may never come, as at a stop.
    func wakeWaiting() async

    /// What a crash left open.
    var openReservations: [(day: CivilDate, reservation: OpenReservation)] { get async }

    /// Is a cap exceeded that an open reservation falls under? A server that charges more than its bound can come to
    /// that, and nothing goes out after it, also not what was reserved before.
    func overdraft(of request: ReservationRequest, on day: CivilDate) -> BudgetRefusal?

    /// Which of several could be paid now, one after the other, each beside those before it that can.
    /// - Parameter taken: what is not reserved yet, but is not theirs.
    /// - Returns: as many as `wishes`.
    func affordable(
        _ wishes: [(ReservationRequest, Amount)], beside taken: [(ReservationRequest, Amount)], on day: CivilDate
    ) async throws(LedgerError) -> [Bool]

    /// The larger of today's cap and that of any other day: what a single request can hope for.
    func roomiestCap(on day: CivilDate) async -> Cap

    /// The book of a day; nil before anything was reserved on it.
    func book(of day: CivilDate) async -> Budget.Day?

    /// Sets the cap of a day: a new cap, not an increment. What `cap` does not state stays as it is.
    /// - Parameter author: `uid N`.
    func raise(_ cap: Cap, on day: CivilDate, by author: String) async throws(LedgerError)

    /// Takes over changed caps: those of lanes and jobs at once, that of `today` by a record.
    func reconfigure(_ policy: BudgetPolicy, today: CivilDate) async throws(LedgerError)

    /// Looks whether somebody else changed the books while they are in use.
    func checkFiles() async throws(LedgerError)

    /// Puts the latest settlements on disk, for those who read the books meanwhile.
    func flush() async throws(LedgerError)

    /// Puts everything on disk, and says that nothing more comes; the last call.
    func close() async throws(LedgerError)

    /// Forgets what a job has committed under its own cap, once it has left processing/.
    func forget(job: String) async
}

/// What one request of a reservation came to.
package struct SettledPart: Equatable, Sendable {
    /// Its worst case, which was set aside.
    package let worstCase: Amount
    package let spent: Amount
    package let unknown: Amount

    package init(worstCase: Amount, spent: Amount = .zero, unknown: Amount = .zero) {
        self.worstCase = worstCase
        self.spent = spent
        self.unknown = unknown
    }
}

package enum ReservationDecision: ~Copyable, Sendable {
    case granted(Reservation)
    /// - Parameters:
    ///   - canChange: what is reserved elsewhere would be enough, if it were freed: wait for it by `generation`, and
    ///     reserve again or say `stopWaiting`. A request that waits is passed by at most 16 later reservations.
    case refused(BudgetRefusal, canChange: Bool, generation: Int)
}
