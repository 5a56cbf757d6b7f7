import BatchCore
import DurableFiles
import SystemPackage

/// What `FileBudgetLedger` keeps under its lock: the books in memory, and their files. Each decision changes memory and
/// puts its record in line; who decided waits for the disk outside of the lock.
struct BudgetBooks {
    private let directory: FilePath
    private let openedDays: OpenedDays
    private let now: @Sendable () -> Timestamp
    private var budget: Budget
    private var configuredCaps: [CivilDate: Cap]
    private var files: [CivilDate: AppendLog] = [:]
    private var rounds: [CivilDate: ReservationRounds] = [:]
    /// Days whose files were closed, with their sizes in bytes. Their books stay in memory: they are few sums, and read
    /// again they would count twice against the caps of their jobs.
    private var closed: [CivilDate: Int] = [:]
    /// The last day that something was reserved on.
    private(set) var current: CivilDate?
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

    /// - Throws: as the ledger's.
    init(
        in directory: FilePath, _ openedDays: OpenedDays, policy: BudgetPolicy, days: [CivilDate],
        now: @escaping @Sendable () -> Timestamp
    ) throws(LedgerError) {
        var history = BudgetHistory(policy: policy)
        for day in Set(days).sorted() {
            let file = BudgetFile(day, in: directory)
            if let sums = try file.closed(knowing: openedDays.states) {
                history.takeOver(sums)
                closed[day] = sums.sizeBytes
                continue
            }
            guard let content = try file.read(knowing: openedDays.states) else { continue }
            try history.replay(content.records, of: file)
            files[day] = try file.log(cutTo: content.wholeBytes)
            rounds[day] = history.rounds
        }
        self.directory = directory
        self.openedDays = openedDays
        self.now = now
        budget = history.budget
        configuredCaps = history.configuredCaps
    }

    mutating func reserve(
        _ worstCases: [Amount], for request: ReservationRequest, on day: CivilDate
    ) throws(LedgerError) -> ReserveStep {
        let log = try openForReserving(day)
        if let doubt = try interference(with: log, of: day) { return .doubtful(doubt) }
        let request = rounds[day]?.behindLast(request) ?? request
        switch budget.reserve(worstCases, for: request, on: day) {
        case .refused(let refusal, let canChange):
            return .refused(refusal, canChange: canChange, generation: generation)
        case .granted(let sum, let count):
            putSettlementsInLine(of: day, log)
            _ = log.appendLazily(BudgetRecord.reserve(at: now(), request, sum).line)
            rounds[day, default: ReservationRounds()].note(request)
            return .granted(request, sum, count: count, log)
        }
    }

    mutating func settlePart(_ id: ReservationID, on day: CivilDate, _ part: SettledPart) {
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

    /// Ends a reservation by what was settled of it.
    /// - Returns: where its record stands in line.
    mutating func end(_ id: ReservationID, on day: CivilDate) throws(LedgerError) -> AppendLog {
        var settlement = budget.days[day]?.open[id]?.settlement ?? Settlement()
        settlement.open = .zero
        return try close(id, on: day, settlement)
    }

    mutating func close(
        _ id: ReservationID, on day: CivilDate, _ settlement: Settlement
    ) throws(LedgerError) -> AppendLog {
        precondition(settlement.leavesNothingOpen, "the last settlement leaves nothing open")
        // Not by `openForReserving`: a day that is over keeps the cap that it had.
        let log = try open(day)
        budget.settle(id, settlement, on: day)
        rounds[day]?.note(settlement, of: id)
        budget.end(id, on: day)
        unwritten[day]?.remove(id)
        if endedInFile.remove(id) == nil {
            _ = log.appendLazily(BudgetRecord.settle(at: now(), id, settlement).line)
        }
        announceChange()
        return log
    }

    mutating func raise(_ cap: Cap, on day: CivilDate, by author: String) throws(LedgerError) -> AppendLog {
        let log = try openForReserving(day)
        let before = budget.days[day]?.cap ?? Cap()
        budget.setCap(Cap(usd: cap.usd ?? before.usd, tokens: cap.tokens ?? before.tokens), on: day)
        _ = log.appendLazily(BudgetRecord.raise(at: now(), cap: cap, by: author).line)
        announceChange()
        return log
    }

    mutating func reconfigure(_ policy: BudgetPolicy, today: CivilDate) throws(LedgerError) -> AppendLog {
        budget.policy = policy
        announceChange()
        return try openForReserving(today)
    }

    /// - Returns: the files that have something in line now.
    mutating func putSettlementsInLine() throws(LedgerError) -> [AppendLog] {
        if let failure { throw failure }
        var logs: [AppendLog] = []
        for (day, ids) in unwritten where !ids.isEmpty {
            guard let log = files[day] else { continue }
            putSettlementsInLine(of: day, log)
            logs.append(log)
        }
        return logs
    }

    private mutating func putSettlementsInLine(of day: CivilDate, _ log: AppendLog) {
        for id in (unwritten[day] ?? []).sorted(by: { $0.description < $1.description }) {
            guard let settlement = budget.days[day]?.open[id]?.settlement, !endedInFile.contains(id) else { continue }
            // One that leaves nothing open ends the reservation in the file. It cannot wait for `close`: what it frees
            // may pay for the record that follows, and without it that record would stand above the cap.
            if settlement.leavesNothingOpen { endedInFile.insert(id) }
            _ = log.appendLazily(BudgetRecord.settle(at: now(), id, settlement).line)
        }
        unwritten[day] = nil
    }

    /// - Returns: false: something has changed since, and it is not waited for.
    mutating func wait(_ waiter: CheckedContinuation<Void, Never>, since generation: Int) -> Bool {
        if self.generation != generation || failure != nil { return false }
        waiting.append(waiter)
        return true
    }

    mutating func announceChange() {
        generation += 1
        for waiter in waiting { waiter.resume() }
        waiting = []
    }

    mutating func stopWaiting(_ id: ReservationID) {
        budget.stopWaiting(id)
        announceChange()
    }

    /// Who waits for money hears of it from the next call.
    mutating func fail(_ error: LedgerError) {
        failure = failure ?? error
        announceChange()
    }

    /// What somebody else did to a file that is in use; nil: nothing.
    mutating func interference() throws(LedgerError) -> Doubt? {
        if let failure { throw failure }
        for (day, log) in files {
            if let doubt = try interference(with: log, of: day) { return doubt }
        }
        return nil
    }

    private mutating func interference(with log: AppendLog, of day: CivilDate) throws(LedgerError) -> Doubt? {
        let found: String?
        do throws(FileError) { found = try log.interference() } catch { throw .file(error) }
        guard let found else { return nil }
        let error = LedgerError.notAdopted(path: BudgetFile(day, in: directory).path.string, reason: found)
        fail(error)
        return Doubt(day: day, reason: found, error: error)
    }

    var openReservations: [(day: CivilDate, reservation: OpenReservation)] {
        budget.days.flatMap { day, book in book.open.values.map { (day, $0) } }
            .sorted { ($0.day, $0.1.request.id.description) < ($1.day, $1.1.request.id.description) }
    }

    func book(of day: CivilDate) -> Budget.Day? { budget.days[day] }
    func log(of day: CivilDate) -> AppendLog? { files[day] }
    var openDays: some Collection<CivilDate> { files.keys }

    func overdraft(of request: ReservationRequest, on day: CivilDate) -> BudgetRefusal? {
        budget.days[day] == nil ? nil : budget.overdraft(of: request, on: day)
    }

    mutating func affordable(
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

    func roomiestCap(on day: CivilDate) -> Cap {
        let (usual, today) = (budget.policy.day, budget.days[day]?.cap ?? budget.policy.day)
        return Cap(usd: roomier(usual.usd, today.usd), tokens: roomier(usual.tokens, today.tokens))
    }

    mutating func forget(job: String) { budget.forget(job: job) }

    /// Opens a day, and takes over the cap of a configuration that has changed since it was last looked at.
    private mutating func openForReserving(_ day: CivilDate) throws(LedgerError) -> AppendLog {
        let log = try open(day)
        if current != day { closeDaysBefore(yesterdayOf: day) }
        let cap = budget.policy.day
        if configuredCaps[day] != cap {
            configuredCaps[day] = cap
            budget.setCap(cap, on: day)
            _ = log.appendLazily(BudgetRecord.raise(at: now(), cap: cap, by: BudgetRecord.byConfiguration).line)
        }
        return log
    }

    /// A year of open files would be a year of descriptors, each looked at once a second.
    private mutating func closeDaysBefore(yesterdayOf day: CivilDate) {
        current = day
        for (old, log) in files
        where old.daysSinceEpoch < day.daysSinceEpoch - 1 && budget.days[old]?.open.isEmpty != false
            && log.durableBytes == log.sizeBytes
        {
            closed[old] = log.sizeBytes
            (files[old], rounds[old]) = (nil, nil)
        }
    }

    /// A job of a day that is over settles late, or the clock went back.
    private mutating func reopen(_ day: CivilDate, _ sizeBytes: Int) throws(LedgerError) -> AppendLog {
        let file = BudgetFile(day, in: directory)
        let found: Int?
        do throws(FileError) { found = try FileFacts(at: file.path)?.sizeBytes } catch { throw .file(error) }
        guard found == sizeBytes else {
            let error = LedgerError.notAdopted(
                path: file.path.string, reason: "it had \(sizeBytes) bytes, and has \(found ?? 0)")
            fail(error)
            throw error
        }
        let log = try file.log(cutTo: sizeBytes)
        (files[day], closed[day]) = (log, nil)
        return log
    }

    /// Opens the file of a day, or creates it with its first record.
    private mutating func open(_ day: CivilDate) throws(LedgerError) -> AppendLog {
        if let failure { throw failure }
        if let log = files[day] { return log }
        if let sizeBytes = closed[day] { return try reopen(day, sizeBytes) }
        let file = BudgetFile(day, in: directory)
        if let content = try file.read(knowing: openedDays.states) {
            // The clock went back to a day that was closed, or a restored backup brought its file.
            var history = BudgetHistory(continuing: budget)
            try history.replay(content.records, of: file)
            let log = try file.log(cutTo: content.wholeBytes)
            rounds[day] = history.rounds
            budget = history.budget
            configuredCaps[day] = history.configuredCaps[day]
            files[day] = log
            return log
        }
        let log = try file.log(cutTo: 0)
        let cap = budget.policy.day
        budget.open(day, cap: cap)
        configuredCaps[day] = cap
        files[day] = log
        let record = BudgetRecord.open(at: now(), day: day, timeZone: budget.policy.timeZone, cap: cap)
        _ = log.appendLazily(record.line)
        return log
    }

    private func roomier<Limit: Comparable>(_ one: Limit?, _ other: Limit?) -> Limit? {
        guard let one, let other else { return nil }
        return max(one, other)
    }
}
