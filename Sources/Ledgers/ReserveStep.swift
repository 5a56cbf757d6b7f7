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
        /// - Parameter log: where its record stands in line.
        case granted(Amount, count: Int, AppendLog)
        case refused(BudgetRefusal, canChange: Bool, generation: Int)
        case doubtful(Doubt)
    }
}
