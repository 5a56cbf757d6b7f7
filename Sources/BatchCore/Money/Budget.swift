/// The decision what may be spent, as a value: the day's caps, what is committed under them, every open reservation.
///
/// The second promise: what is spent, unknown and reserved never exceeds a cap. `reserve` is the only way to
/// commit more, and it refuses rather than shrinks. The ledger drives it and puts each change on disk.
package struct Budget: Sendable {
    package private(set) var days: [CivilDate: Day] = [:]
    package var policy: BudgetPolicy
    /// What each job has committed, over all days: the cap of a job does not begin anew at midnight.
    private var jobs: [String: Amount] = [:]
    private var line = MoneyLine()

    package init(policy: BudgetPolicy) {
        self.policy = policy
    }

    /// One day: its cap as opened or raised, and what is committed under it.
    package struct Day: Equatable, Sendable {
        package var cap: Cap
        package var spent = Amount.zero
        package var unknown = Amount.zero
        package var reserved = Amount.zero
        /// What is committed for each lane, model and uid.
        package var shares: [CapScope: Amount] = [:]
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

    /// Takes a day over on which nothing is open, by its sums.
    /// - Parameter committed: on that day, for each job whose cap still counts.
    package mutating func takeOver(_ day: CivilDate, _ book: Day, jobs committed: [String: Amount]) {
        precondition(days[day] == nil && book.open.isEmpty, "a day is taken over once, and closed")
        days[day] = book
        for (job, amount) in committed { jobs[job, default: .zero] += amount }
    }

    package mutating func setCap(_ cap: Cap, on day: CivilDate) {
        days[day]?.cap = cap
    }

    /// Sets aside the worst cases of as many requests as every cap can pay for, in their order.
    /// - Parameters:
    ///   - worstCases: one for each request; at least one.
    ///   - request: an id that is not open, and what it falls under.
    /// - Returns: how many requests from the front were granted and their sum, or the refusal for the first of them.
    package mutating func reserve(_ worstCases: [Amount], for request: ReservationRequest, on day: CivilDate)
        -> Decision
    {
        precondition(!worstCases.isEmpty, "a reservation is for at least one request")
        precondition(
            days[day]?.open[request.id] == nil, "\(request.id) is open: it is settled before it reserves again")
        let limits = limits(of: request, on: day)
        let (count, sum) = Self.affordable(worstCases, under: limits)
        guard count > 0 else { return refuse(worstCases[0], request, limits, on: day) }
        line.leave(request.id)
        line.pass(under: Set(limits.map(\.scope)))
        book(request, sum, on: day)
        return .granted(sum, count: count)
    }

    private static func affordable(_ worstCases: [Amount], under limits: [Limit]) -> (count: Int, sum: Amount) {
        var sum = Amount.zero
        for (count, worstCase) in worstCases.enumerated() {
            let next = sum + worstCase
            guard limits.allSatisfy({ $0.pays(for: next) }) else { return (count, sum) }
            sum = next
        }
        return (worstCases.count, sum)
    }

    /// A refusal is final for the moment if what is open under its cap, all of it freed, would not be enough: then
    /// nobody need wait for it.
    private mutating func refuse(
        _ needed: Amount, _ request: ReservationRequest, _ limits: [Limit], on day: CivilDate
    ) -> Decision {
        let refusing = limits.filter { !$0.pays(for: needed) }
        let final = refusing.filter { limit in
            !(limit.committed - open(under: limit.scope, on: day) + needed).fits(limit.cap)
        }
        guard let tightest = Self.tightest(final.isEmpty ? refusing : final, for: needed) else {
            preconditionFailure("a refusal has a cap that refuses")
        }
        if final.isEmpty {
            line.wait(request.id, for: needed, under: Set(refusing.map(\.scope)))
        } else {
            line.leave(request.id)
        }
        return .refused(tightest, canChange: final.isEmpty)
    }

    private static func tightest(_ limits: [Limit], for needed: Amount) -> BudgetRefusal? {
        limits.map { $0.refusal(of: needed) }.min { $0.cover < $1.cover }
    }

    /// Who waits for money that may be freed waits no longer: nothing is kept for it.
    package mutating func stopWaiting(_ id: ReservationID) {
        line.leave(id)
    }

    /// Books a reservation that stands in the daily budget file already, whatever the caps are now.
    package mutating func book(_ request: ReservationRequest, _ worstCase: Amount, on day: CivilDate) {
        days[day]?.open[request.id] = OpenReservation(request: request, worstCase: worstCase)
        days[day]?.reserved += worstCase
        commit(worstCase, request, on: day)
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
        commit(change, entry.request, on: day)
    }

    /// Ends a reservation of which nothing is open: its id may reserve again.
    package mutating func end(_ id: ReservationID, on day: CivilDate) {
        precondition(
            days[day]?.open[id]?.settlement.leavesNothingOpen == true, "\(id) has money set aside, or is not open")
        days[day]?.open[id] = nil
    }

    /// The refusal that `worstCase` would meet now; nil if every cap can pay for it.
    package func refusal(of worstCase: Amount, for request: ReservationRequest, on day: CivilDate) -> BudgetRefusal? {
        Self.tightest(limits(of: request, on: day).filter { !$0.pays(for: worstCase) }, for: worstCase)
    }

    /// The cap above which its commitments are, with what a server charged beyond its bound; nil: all caps hold.
    package func overdraft(of request: ReservationRequest, on day: CivilDate) -> BudgetRefusal? {
        limits(of: request, on: day).first { !$0.committed.fits($0.cap) }
            .map { BudgetRefusal(scope: $0.scope, cap: $0.cap, committed: $0.committed, needed: .zero) }
    }

    /// Forgets what a job has committed, once it has left processing/.
    package mutating func forget(job: String) {
        jobs[job] = nil
    }

    private mutating func commit(_ change: Amount, _ request: ReservationRequest, on day: CivilDate) {
        for scope in request.shares { days[day]?.shares[scope, default: .zero] += change }
        jobs[request.id.job, default: .zero] += change
    }
}

extension Budget {
    package enum Decision: Equatable, Sendable {
        /// The worst cases of the first `count` requests are set aside.
        case granted(Amount, count: Int)
        /// - Parameter canChange: what is reserved elsewhere would be enough, if it were freed.
        case refused(BudgetRefusal, canChange: Bool)
    }

    /// One cap that a request falls under, with what is taken of it.
    private struct Limit {
        let scope: CapScope
        let cap: Cap
        let committed: Amount
        let kept: Amount

        func pays(for amount: Amount) -> Bool { (committed + kept + amount).fits(cap) }

        func refusal(of needed: Amount) -> BudgetRefusal {
            BudgetRefusal(scope: scope, cap: cap, committed: committed, kept: kept, needed: needed)
        }
    }

    /// The caps of a request, the widest first: of two that are equally tight that one is named.
    private func limits(of request: ReservationRequest, on day: CivilDate) -> [Limit] {
        guard let book = days[day] else { preconditionFailure("\(day) is not open") }
        func limit(_ scope: CapScope, _ cap: Cap, _ committed: Amount) -> Limit {
            Limit(scope: scope, cap: cap, committed: committed, kept: line.kept(under: scope, before: request.id))
        }
        let job = request.id.job
        return [limit(.day(day), book.cap, book.committed)]
            + request.shares.map { limit($0, policy.cap(of: $0), book.shares[$0] ?? .zero) }
            + [limit(.job(job), policy.job, jobs[job] ?? .zero)]
    }

    /// What is still set aside under a cap.
    private func open(under scope: CapScope, on day: CivilDate) -> Amount {
        let books: [Day] = if case .job = scope { Array(days.values) } else { days[day].map { [$0] } ?? [] }
        return books.flatMap(\.open.values).reduce(.zero) { sum, entry in
            let isUnder =
                switch scope {
                case .day, .everyDay: true
                case .lane, .model, .uid: entry.request.shares.contains(scope)
                case .job(let job): entry.request.id.job == job
                }
            return isUnder ? sum + entry.settlement.open : sum
        }
    }
}
