package import BatchCore
import DurableFiles
package import SystemPackage

/// The daily budget files as the ledger: one process writes them, under the lock of the spool.
///
/// Memory is changed and the record is put in line without a suspension between the two; so the records stand in the
/// file in the order of the decisions, and no prefix of the file exceeds a cap. Only then is the disk waited for.
package actor FileBudgetLedger: BudgetLedger {
    private let directory: FilePath
    private let openedDays: OpenedDays
    private let now: @Sendable () -> Timestamp
    private var budget: Budget
    private var configuredCaps: [CivilDate: Cap]
    private var files: [CivilDate: AppendLog] = [:]
    /// Reservations whose latest settlement is not in line yet. Settlements are totals: only the last one matters.
    private var unwritten: [CivilDate: Set<ReservationID>] = [:]
    /// Reservations that their last settlement in line has ended already, while memory waits for `close`.
    private var endedInFile: Set<ReservationID> = []
    /// Counts settlements and changed caps, for those who wait for money.
    private var generation = 0
    private var waiting: [CheckedContinuation<Void, Never>] = []
    /// The first failed write or sync. Memory is ahead of the disk since then, so that nothing is done any more: who
    /// wants to go on opens the books anew.
    private var failure: LedgerError?

    /// Opens the books, cutting torn tails.
    /// - Parameters:
    ///   - openedDays: the record of the days that have a file, outside of `directory`.
    ///   - days: those whose reservations may be open, or whose jobs may go on: the file of each is read, if it exists.
    ///   - now: for the time in the records only.
    /// - Throws: `.notAdopted` if one of `days` had a file, and has none or a doubtful one now.
    package init(
        in directory: FilePath, openedDays: FilePath, policy: BudgetPolicy, days: [CivilDate],
        now: @escaping @Sendable () -> Timestamp
    ) throws(LedgerError) {
        self.openedDays = try OpenedDays(openedDays)
        var history = BudgetHistory(policy: policy)
        for day in Set(days).sorted() {
            let file = BudgetFile(day, in: directory)
            guard let content = try file.read(knowing: self.openedDays.states) else { continue }
            try history.replay(content.records, of: file)
            files[day] = try Self.log(file, cutTo: content.wholeBytes)
        }
        self.directory = directory
        self.now = now
        budget = history.budget
        configuredCaps = history.configuredCaps
    }

    package func reserve(
        _ worstCases: [Amount], for request: ReservationRequest, on day: CivilDate
    ) async throws(LedgerError) -> ReservationDecision {
        let log = try openForReserving(day)
        if let found = try interference(with: log) { throw await doubt(day, because: found) }
        switch budget.reserve(worstCases, for: request, on: day) {
        case .refused(let refusal, let canChange):
            return .refused(refusal, canChange: canChange, generation: generation)
        case .granted(let sum, let count):
            putSettlementsInLine(of: day, log)
            _ = log.appendLazily(BudgetRecord.reserve(at: now(), request, sum).line)
            try await commit(log)
            // Not before: of a day that is on record, the file is there.
            try await openedDays.note(.opened, of: day)
            return .granted(Reservation(request: request, day: day, worstCase: sum, count: count))
        }
    }

    package func settlePart(_ id: ReservationID, on day: CivilDate, _ part: SettledPart) {
        guard var settlement = budget.days[day]?.open[id]?.settlement else { preconditionFailure("\(id) is not open") }
        precondition(
            !endedInFile.contains(id) || part.spent.isZero && part.unknown.isZero,
            "\(id) has ended: nothing was set aside for this request")
        settlement.spent += part.spent
        settlement.unknown += part.unknown
        settlement.open = (settlement.open - part.worstCase).clamped
        budget.settle(id, settlement, on: day)
        unwritten[day, default: []].insert(id)
        announceChange()
    }

    package func settle(_ reservation: consuming Reservation) async throws(LedgerError) {
        let (id, day) = (reservation.request.id, reservation.day)
        var settlement = budget.days[day]?.open[id]?.settlement ?? Settlement()
        settlement.open = .zero
        try await close(id, on: day, settlement)
    }

    package func change(since generation: Int) async {
        if self.generation != generation || failure != nil { return }
        await withCheckedContinuation { waiting.append($0) }
    }

    package func wakeWaiting() {
        announceChange()
    }

    package func stopWaiting(_ id: ReservationID) {
        budget.stopWaiting(id)
        announceChange()
    }

    private func announceChange() {
        generation += 1
        for waiter in waiting { waiter.resume() }
        waiting = []
    }

    /// The reservations that a crash left open, with their days.
    package var openReservations: [(day: CivilDate, reservation: OpenReservation)] {
        budget.days.flatMap { day, book in book.open.values.map { (day, $0) } }
            .sorted { ($0.day, $0.1.request.id.description) < ($1.day, $1.1.request.id.description) }
    }

    package func close(_ id: ReservationID, on day: CivilDate, _ settlement: Settlement) async throws(LedgerError) {
        precondition(settlement.leavesNothingOpen, "the last settlement leaves nothing open")
        // Not by `openForReserving`: a day that is over keeps the cap that it had.
        let log = try open(day)
        budget.settle(id, settlement, on: day)
        budget.end(id, on: day)
        unwritten[day]?.remove(id)
        if endedInFile.remove(id) == nil {
            _ = log.appendLazily(BudgetRecord.settle(at: now(), id, settlement).line)
        }
        announceChange()
        try await commit(log)
    }

    /// Sets the cap of a day. It is a new cap, not an increment; a limit that `cap` does not state stays as it is.
    /// - Parameter author: `uid N`.
    package func raise(_ cap: Cap, on day: CivilDate, by author: String) async throws(LedgerError) {
        let log = try openForReserving(day)
        let before = budget.days[day]?.cap ?? Cap()
        budget.setCap(Cap(usd: cap.usd ?? before.usd, tokens: cap.tokens ?? before.tokens), on: day)
        _ = log.appendLazily(BudgetRecord.raise(at: now(), cap: cap, by: author).line)
        announceChange()
        try await commit(log)
    }

    /// Takes over a changed budget.toml: the caps of lanes and jobs at once, the cap of `today` by a record, which is
    /// durable when this returns.
    package func reconfigure(_ policy: BudgetPolicy, today: CivilDate) async throws(LedgerError) {
        budget.policy = policy
        announceChange()
        let log = try openForReserving(today)
        try await flush()
        try await commit(log)
    }

    /// Puts the latest settlements on disk, for those who read the file meanwhile.
    package func flush() async throws(LedgerError) {
        if let failure { throw failure }
        for (day, ids) in unwritten where !ids.isEmpty {
            guard let log = files[day] else { continue }
            putSettlementsInLine(of: day, log)
            try await commit(log)
        }
    }

    /// Looks whether somebody removed or changed a file that is in use.
    /// - Throws: `.notAdopted`, now and for ever after: whoever opens the books anew hears it again.
    package func checkFiles() async throws(LedgerError) {
        if let failure { throw failure }
        for (day, log) in files {
            if let found = try interference(with: log) { throw await doubt(day, because: found) }
        }
    }

    private func interference(with log: AppendLog) throws(LedgerError) -> String? {
        do throws(FileError) { return try log.interference() } catch { throw .file(error) }
    }

    private func doubt(_ day: CivilDate, because found: String) async -> LedgerError {
        let error = LedgerError.notAdopted(path: BudgetFile(day, in: directory).path.string, reason: found)
        failure = failure ?? error
        announceChange()
        do throws(LedgerError) { try await openedDays.note(.doubtful(found), of: day) } catch { return error }
        return error
    }

    /// The book of a day; nil before anything was reserved on it.
    package func book(of day: CivilDate) -> Budget.Day? { budget.days[day] }

    package func overdraft(of request: ReservationRequest, on day: CivilDate) -> BudgetRefusal? {
        budget.days[day] == nil ? nil : budget.overdraft(of: request, on: day)
    }

    package func affordable(
        _ wishes: [(ReservationRequest, Amount)], beside taken: [(ReservationRequest, Amount)], on day: CivilDate
    ) throws(LedgerError) -> [Bool] {
        _ = try openForReserving(day)
        var trial = budget
        for (request, amount) in taken { trial.book(request, amount, on: day) }
        return wishes.map { request, amount in
            guard trial.refusal(of: amount, for: request, on: day) == nil else { return false }
            trial.book(request, amount, on: day)
            return true
        }
    }

    package func roomiestCap(on day: CivilDate) -> Cap {
        let (usual, today) = (budget.policy.day, budget.days[day]?.cap ?? budget.policy.day)
        return Cap(usd: roomier(usual.usd, today.usd), tokens: roomier(usual.tokens, today.tokens))
    }

    package func forget(job: String) {
        budget.forget(job: job)
    }

    /// Opens a day, and takes over the cap of a configuration that has changed since it was last looked at.
    private func openForReserving(_ day: CivilDate) throws(LedgerError) -> AppendLog {
        let log = try open(day)
        let cap = budget.policy.day
        if configuredCaps[day] != cap {
            configuredCaps[day] = cap
            budget.setCap(cap, on: day)
            _ = log.appendLazily(BudgetRecord.raise(at: now(), cap: cap, by: BudgetRecord.byConfiguration).line)
        }
        return log
    }

    /// Opens the file of a day, or creates it with its first record.
    private func open(_ day: CivilDate) throws(LedgerError) -> AppendLog {
        if let failure { throw failure }
        if let log = files[day] { return log }
        let file = BudgetFile(day, in: directory)
        if let content = try file.read(knowing: openedDays.states) {
            // The clock went back to a day that was closed, or a restored backup brought its file.
            var history = BudgetHistory(continuing: budget)
            try history.replay(content.records, of: file)
            let log = try Self.log(file, cutTo: content.wholeBytes)
            budget = history.budget
            configuredCaps[day] = history.configuredCaps[day]
            files[day] = log
            return log
        }
        let log = try Self.log(file, cutTo: 0)
        let cap = budget.policy.day
        budget.open(day, cap: cap)
        configuredCaps[day] = cap
        files[day] = log
        let record = BudgetRecord.open(at: now(), day: day, timeZone: budget.policy.timeZone, cap: cap)
        _ = log.appendLazily(record.line)
        return log
    }

    private func putSettlementsInLine(of day: CivilDate, _ log: AppendLog) {
        for id in (unwritten[day] ?? []).sorted(by: { $0.description < $1.description }) {
            guard let settlement = budget.days[day]?.open[id]?.settlement, !endedInFile.contains(id) else { continue }
            // One that leaves nothing open ends the reservation in the file. It cannot wait for `close`: what it frees
            // may pay for the record that follows, and without it that record would stand above the cap.
            if settlement.leavesNothingOpen { endedInFile.insert(id) }
            _ = log.appendLazily(BudgetRecord.settle(at: now(), id, settlement).line)
        }
        unwritten[day] = nil
    }

    private func commit(_ log: AppendLog) async throws(LedgerError) {
        do throws(FileError) {
            try await log.commit()
        } catch {
            failure = failure ?? .file(error)
            // Who waits for money hears of it from the next call.
            announceChange()
            throw .file(error)
        }
    }

    private static func log(_ file: BudgetFile, cutTo bytes: Int) throws(LedgerError) -> AppendLog {
        do throws(FileError) {
            let isNew = try FileFacts(at: file.path) == nil
            return try AppendLog(opening: file.path, create: true, truncatingTo: isNew ? nil : bytes)
        } catch {
            throw .file(error)
        }
    }

    private func roomier<Limit: Comparable>(_ one: Limit?, _ other: Limit?) -> Limit? {
        guard let one, let other else { return nil }
        return max(one, other)
    }
}
