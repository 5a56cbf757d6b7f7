package import BatchCore
import DurableFiles
import Synchronization
package import SystemPackage

/// The daily budget files as the ledger: one process writes them, under the lock of the spool.
///
/// Memory is changed and the record is put in line under one lock; so the records stand in the file in the order of the
/// decisions, and no prefix of the file exceeds a cap. Only then is the disk waited for. It is no actor: two of its
/// calls are made for each request, and a turn of an actor costs more than either.
package final class FileBudgetLedger: BudgetLedger {
    private let openedDays: OpenedDays
    private let books: Mutex<BudgetBooks>
    private let witness: Witness?

    /// Opens the books, cutting torn tails.
    /// - Parameters:
    ///   - openedDays: the record of the days that have a file, outside of `directory`.
    ///   - days: those whose reservations may be open, or whose jobs may go on: the file of each is read, if it exists.
    ///   - witness: hears of what is spent before it is; nil: nobody outside of the spool does.
    ///   - now: for the time in the records only.
    /// - Throws: `.notAdopted` if one of `days` had a file, and has none or a doubtful one now.
    package init(
        in directory: FilePath, openedDays: FilePath, policy: BudgetPolicy, days: [CivilDate],
        witness: Witness? = nil, now: @escaping @Sendable () -> Timestamp
    ) throws(LedgerError) {
        self.witness = witness
        self.openedDays = try OpenedDays(openedDays)
        books = Mutex(try BudgetBooks(in: directory, self.openedDays, policy: policy, days: days, now: now))
    }

    package func reserve(
        _ worstCases: [Amount], for request: ReservationRequest, on day: CivilDate
    ) async throws(LedgerError) -> ReservationDecision {
        let (step, seen) = try books.withLock { books throws(LedgerError) in
            (try books.reserve(worstCases, for: request, on: day), books.sighting(of: day))
        }
        switch step {
        case .doubtful(let doubt): throw await note(doubt)
        case .refused(let refusal, let canChange, let generation):
            return .refused(refusal, canChange: canChange, generation: generation)
        case .granted(let request, let sum, let count, let log):
            try await commit(log)
            // Not before: of a day that is on record, the file is there.
            try await openedDays.note(.opened, of: day)
            if let witness, let seen { try await witness.follow(seen) }
            return .granted(Reservation(request: request, day: day, worstCase: sum, count: count))
        }
    }

    package func settlePart(_ id: ReservationID, on day: CivilDate, _ part: SettledPart) {
        books.withLock { $0.settlePart(id, on: day, part) }
    }

    package func settle(_ reservation: consuming Reservation) async throws(LedgerError) {
        let (id, day) = (reservation.request.id, reservation.day)
        try await commit(books.withLock { books throws(LedgerError) in try books.end(id, on: day) })
    }

    package func change(since generation: Int) async {
        await withCheckedContinuation { continuation in
            if books.withLock({ !$0.wait(continuation, since: generation) }) { continuation.resume() }
        }
    }

    package func wakeWaiting() async {
        books.withLock { $0.announceChange() }
    }

    package func stopWaiting(_ id: ReservationID) async {
        books.withLock { $0.stopWaiting(id) }
    }

    package var openReservations: [(day: CivilDate, reservation: OpenReservation)] {
        get async { books.withLock { $0.openReservations } }
    }

    package func close(_ id: ReservationID, on day: CivilDate, _ settlement: Settlement) async throws(LedgerError) {
        try await commit(books.withLock { books throws(LedgerError) in try books.close(id, on: day, settlement) })
    }

    package func raise(_ cap: Cap, on day: CivilDate, by author: String) async throws(LedgerError) {
        try await commit(books.withLock { books throws(LedgerError) in try books.raise(cap, on: day, by: author) })
    }

    package func reconfigure(_ policy: BudgetPolicy, today: CivilDate) async throws(LedgerError) {
        let log = try books.withLock { books throws(LedgerError) in try books.reconfigure(policy, today: today) }
        try await flush()
        try await commit(log)
    }

    package func flush() async throws(LedgerError) {
        let seen = try await flushed()
        try await witness?.catchUp(seen)
    }

    package func close() async throws(LedgerError) {
        let seen = try await flushed()
        try await witness?.catchUp(seen?.ended)
    }

    /// - Returns: how the latest day stands on disk then.
    private func flushed() async throws(LedgerError) -> Witness.Sighting? {
        let (logs, seen) = try books.withLock { books throws(LedgerError) in
            (try books.putSettlementsInLine(), books.latest)
        }
        for log in logs { try await commit(log) }
        // What others have put in line is in its size.
        if let seen { try await commit(seen.log) }
        return seen?.sighting
    }

    /// Looks whether somebody removed or changed a file that is in use.
    /// - Throws: `.notAdopted`, now and for ever after.
    package func checkFiles() async throws(LedgerError) {
        let doubt = try books.withLock { books throws(LedgerError) in try books.interference() }
        if let doubt { throw await note(doubt) }
    }

    package func book(of day: CivilDate) async -> Budget.Day? {
        books.withLock { $0.book(of: day) }
    }

    package func overdraft(of request: ReservationRequest, on day: CivilDate) -> BudgetRefusal? {
        books.withLock { $0.overdraft(of: request, on: day) }
    }

    package func affordable(
        _ wishes: [(ReservationRequest, Amount)], beside taken: [(ReservationRequest, Amount)], on day: CivilDate
    ) async throws(LedgerError) -> [Bool] {
        try books.withLock { books throws(LedgerError) in try books.affordable(wishes, beside: taken, on: day) }
    }

    package func roomiestCap(on day: CivilDate) async -> Cap {
        books.withLock { $0.roomiestCap(on: day) }
    }

    package func forget(job: String) async {
        books.withLock { $0.forget(job: job) }
    }

    /// Whoever opens the books anew hears of it again.
    private func note(_ doubt: BudgetBooks.Doubt) async -> LedgerError {
        // A spool that was unmounted comes back with the books as they were: they are not in doubt.
        guard openedDays.isInPlace else { return doubt.error }
        do throws(LedgerError) { try await openedDays.note(.doubtful(doubt.reason), of: doubt.day) } catch {}
        return doubt.error
    }

    private func commit(_ log: AppendLog) async throws(LedgerError) {
        do throws(FileError) {
            try await log.commit()
        } catch {
            books.withLock { $0.fail(.file(error)) }
            throw .file(error)
        }
    }
}
