package import BatchCore
import SystemPackage

/// The meaning of a daily budget file: its records, one after the other, as a budget.
package struct BudgetHistory: Sendable {
    package private(set) var budget: Budget
    /// The cap that budget.toml asked for when it was last looked at, per day: a raise by hand outlives a restart, and
    /// a changed configuration still takes effect.
    package private(set) var configuredCaps: [CivilDate: Cap] = [:]
    /// When the first reservation of each day was made.
    package private(set) var firstReservedAt: [CivilDate: Timestamp] = [:]
    /// When each open reservation was made.
    package private(set) var reservedAt: [ReservationID: Timestamp] = [:]

    /// What each shard was charged, over all its reservations.
    package private(set) var charges: [ReservationID: Settlement] = [:]

    /// What each job was charged for each model.
    package private(set) var chargesByModel: [String: [String: Settlement]] = [:]

    /// Of the file that is replayed. Files follow each other by their days, and the clock may have stepped back over
    /// midnight.
    private(set) var rounds = ReservationRounds()

    package init(policy: BudgetPolicy) {
        self.init(continuing: Budget(policy: policy))
    }

    /// Goes on from a budget that does not know the day yet: what jobs committed on it counts beside the rest.
    init(continuing budget: Budget) {
        self.budget = budget
    }

    /// Takes over the sums of a day instead of its records: charges and times are those of the other days.
    mutating func takeOver(_ sums: ClosedDay) {
        budget.takeOver(sums.day, sums.book, jobs: sums.jobs)
        configuredCaps[sums.day] = sums.configuredCap
    }

    /// Takes over the records of one day.
    /// - Throws: `.damaged` for a record that cannot follow those before it.
    package mutating func replay(_ records: [BudgetRecord], of file: BudgetFile) throws(LedgerError) {
        rounds = ReservationRounds()
        for (index, record) in records.enumerated() {
            if let reason = apply(record, of: file.day) {
                throw .damaged(path: file.path.string, line: index + 1, reason: reason)
            }
        }
    }

    /// - Returns: why the record cannot stand here; nil if it can.
    private mutating func apply(_ record: BudgetRecord, of day: CivilDate) -> String? {
        switch record {
        case .open(_, let opened, _, let cap):
            guard opened == day else { return "it opens \(opened) in the file of \(day)" }
            guard budget.days[day] == nil else { return "it opens the day a second time" }
            budget.open(day, cap: cap)
            configuredCaps[day] = cap
        case .reserve(let at, let request, let amount):
            guard let book = budget.days[day] else { return "a reservation before the day was opened" }
            guard book.open[request.id] == nil else { return "\(request.id) reserves before it is settled" }
            // The same record twice is a change by hand.
            if let last = rounds.obstacle(to: request) {
                return "\(request.id) reserves for round \(request.round) after round \(last)"
            }
            guard (book.committed + amount).fits(book.cap) else { return "the reservation exceeds the cap of the day" }
            budget.book(request, amount, on: day)
            charges[request.id, default: Settlement()].open += amount
            chargesByModel[request.id.job, default: [:]][request.model, default: Settlement()].open += amount
            rounds.note(request)
            reservedAt[request.id] = at
            firstReservedAt[day] = firstReservedAt[day] ?? at
        case .settle(_, let id, let settlement):
            guard let open = budget.days[day]?.open[id] else { return "\(id) is settled without an open reservation" }
            charges[id]?.replace(open.settlement, with: settlement)
            chargesByModel[id.job]?[open.request.model]?.replace(open.settlement, with: settlement)
            budget.settle(id, settlement, on: day)
            rounds.note(settlement, of: id)
            if settlement.leavesNothingOpen {
                budget.end(id, on: day)
                reservedAt[id] = nil
            }
        case .raise(_, let cap, let by):
            guard let before = budget.days[day]?.cap else { return "a raise before the day was opened" }
            let merged =
                by == BudgetRecord.byConfiguration
                ? cap : Cap(usd: cap.usd ?? before.usd, tokens: cap.tokens ?? before.tokens)
            budget.setCap(merged, on: day)
            if by == BudgetRecord.byConfiguration { configuredCaps[day] = cap }
        }
        return nil
    }
}
