import BatchCore
import DurableFiles

/// What the books say, and what is left to do outside of their lock.
extension BudgetBooks {
    /// Somebody else changed the file of a day: nothing is done any more.
    struct Doubt {
        let day: CivilDate
        let reason: String
        let error: LedgerError
    }

    enum ReserveStep {
        /// - Parameters:
        ///   - request: with the round that the books give it.
        ///   - log: where its record stands in line.
        case granted(ReservationRequest, Amount, count: Int, AppendLog)
        case refused(BudgetRefusal, canChange: Bool, generation: Int)
        case doubtful(Doubt)
    }
}

extension BudgetBooks {
    /// How the file of a day will be once all that is in line is on disk; nil: it is not open.
    func sighting(of day: CivilDate) -> Witness.Sighting? {
        guard let book = book(of: day), let log = log(of: day) else { return nil }
        return Witness.Sighting(day: day, bytes: log.sizeBytes, committed: book.committed, cap: book.cap)
    }

    /// The same of the day that was reserved on last, else of the latest that is open.
    var latest: (sighting: Witness.Sighting, log: AppendLog)? {
        guard let day = current ?? openDays.max(), let log = log(of: day), let sighting = sighting(of: day) else {
            return nil
        }
        return (sighting, log)
    }
}
