/// The decision what may be spent, as a value: the day's caps, what is committed under them, every open reservation.
///
/// Promise 2 of the design: what is spent, unknown and reserved never exceeds a cap. `reserve` is the only way to
/// commit more, and it refuses rather than shrinks. The ledger drives it and puts each change on disk.
package struct Budget: Sendable {
    package private(set) var days: [CivilDate: Day] = [:]
    package var policy: BudgetPolicy
    /// What each job has committed, over all days: the cap of a job does not begin anew at midnight.
    private var jobs: [String: Amount] = [:]

    package init(policy: BudgetPolicy) {
        self.policy = policy
    }

    /// One day: its cap as opened or raised, and what is committed under it.
    package struct Day: Equatable, Sendable {
        package var cap: Cap
        package var spent = Amount.zero
        package var unknown = Amount.zero
        package var reserved = Amount.zero
        package var lanes: [String: Amount] = [:]
        package var open: [ReservationID: OpenReservation] = [:]

        package init(cap: Cap) {
            self.cap = cap
        }

        package var committed: Amount { spent + unknown + reserved }
    }

    package mutating func open(_ day: CivilDate, cap: Cap) {
        precondition(days[day] == nil, "a day is opened once")
        days[day] = Day(cap: cap)
    }

    package mutating func setCap(_ cap: Cap, on day: CivilDate) {
        days[day]?.cap = cap
    }

    /// Sets aside the worst cases of as many requests as every cap can pay for, in their order.
    /// - Parameters:
    ///   - worstCases: one for each request; at least one.
    ///   - request: an id that is not open, and the lane and job whose caps apply.
    /// - Returns: how many requests from the front were granted and their sum, or the refusal for the first of them.
    package mutating func reserve(_ worstCases: [Amount], for request: ReservationRequest, on day: CivilDate)
        -> Decision
    {
        precondition(!worstCases.isEmpty, "a reservation is for at least one request")
        precondition(
            days[day]?.open[request.id] == nil, "\(request.id) is open: it is settled before it reserves again")
        var sum = Amount.zero
        var count = 0
        for worstCase in worstCases {
            if let refusal = refusal(of: sum + worstCase, for: request, on: day) {
                if count == 0 { return .refused(refusal) }
                break
            }
            sum += worstCase
            count += 1
        }
        book(request, sum, on: day)
        return .granted(sum, count: count)
    }

    /// Books a reservation that stands in the daily budget file already, whatever the caps are now.
    package mutating func book(_ request: ReservationRequest, _ worstCase: Amount, on day: CivilDate) {
        days[day]?.open[request.id] = OpenReservation(request: request, worstCase: worstCase)
        days[day]?.reserved += worstCase
        commit(worstCase, lane: request.lane, job: request.id.job, on: day)
    }

    /// Takes over what an open reservation has cost so far.
    /// - Parameter settlement: totals since the reservation, not increments. It may be above the worst case: a server
    ///   can charge more than the bound, and what is known is booked.
    package mutating func settle(_ id: ReservationID, _ settlement: Settlement, on day: CivilDate) {
        guard var entry = days[day]?.open[id] else { preconditionFailure("\(id) is not open on \(day)") }
        let before = entry.settlement
        let change = settlement.committed - before.committed
        entry.settlement = settlement
        days[day]?.spent += settlement.spent - before.spent
        days[day]?.unknown += settlement.unknown - before.unknown
        days[day]?.reserved += settlement.open - before.open
        days[day]?.open[id] = entry
        commit(change, lane: entry.request.lane, job: id.job, on: day)
    }

    /// Ends a reservation of which nothing is open: its id may reserve again.
    package mutating func end(_ id: ReservationID, on day: CivilDate) {
        precondition(
            days[day]?.open[id]?.settlement.leavesNothingOpen == true, "\(id) has money set aside, or is not open")
        days[day]?.open[id] = nil
    }

    /// The refusal that `worstCase` would meet now; nil if every cap can pay for it.
    package func refusal(of worstCase: Amount, for request: ReservationRequest, on day: CivilDate) -> BudgetRefusal? {
        guard let book = days[day] else { preconditionFailure("\(day) is not open") }
        let job = request.id.job
        let caps: [(BudgetRefusal.Scope, Cap, Amount)] = [
            (.job(job), policy.job, jobs[job] ?? .zero),
            (.lane(request.lane), policy.lanes[request.lane] ?? Cap(), book.lanes[request.lane] ?? .zero),
            (.day(day), book.cap, book.committed),
        ]
        for (scope, cap, committed) in caps where !(committed + worstCase).fits(cap) {
            return BudgetRefusal(scope: scope, cap: cap, committed: committed, needed: worstCase)
        }
        return nil
    }

    /// Forgets what a job has committed, once it has left processing/.
    package mutating func forget(job: String) {
        jobs[job] = nil
    }

    private mutating func commit(_ change: Amount, lane: String, job: String, on day: CivilDate) {
        days[day]?.lanes[lane, default: .zero] += change
        jobs[job, default: .zero] += change
    }
}

extension Budget {
    package enum Decision: Equatable, Sendable {
        /// The worst cases of the first `count` requests are set aside.
        case granted(Amount, count: Int)
        case refused(BudgetRefusal)
    }
}
