import BatchCore
import DurableFiles
package import SystemPackage

extension Witness {
    /// Holds the books against what was seen of them, before anybody spends by them. A day that is behind is put in
    /// doubt, on record: nothing is spent until `bobbin budget adopt` has booked the difference.
    /// - Parameters:
    ///   - budget: the directory of the daily files.
    ///   - isRestored: the spool says of itself that it was put back from a backup. What may have been reserved since
    ///     the last sighting counts then as well; after a mere crash the books have it.
    /// - Throws: `.notAdopted` where the books are behind.
    package func check(budget: FilePath, openedDays: FilePath, isRestored: Bool) async throws(LedgerError) {
        guard let seen = sighting else { return }
        let file = BudgetFile(seen.day, in: budget)
        guard let reason = try lack(of: file, seen, isRestored: isRestored) else { return }
        let days = try OpenedDays(openedDays)
        if days.states[seen.day] ?? .opened == .opened { try await days.note(.doubtful(reason), of: seen.day) }
        try await days.close()
        throw .notAdopted(path: file.path.string, reason: reason)
    }

    private func lack(of file: BudgetFile, _ seen: Sighting, isRestored: Bool) throws(LedgerError) -> String? {
        let bytes: Int
        do throws(LedgerError) {
            bytes = try file.read()?.wholeBytes ?? 0
        } catch {
            // Whoever opens the books says so.
            if case .damaged = error { return nil }
            throw error
        }
        let day = "as `bobbin budget adopt --day \(seen.day)` does"
        if bytes < seen.bytes {
            return "it has \(bytes) bytes, and \(seen.bytes) were written (\(path) says so): it is older than what "
                + "was spent. \(seen.committed.usd) and \(seen.committed.tokens) tokens were spent or reserved on that "
                + "day: put the newer file back, or book the difference, \(day)"
        }
        guard isRestored, seen.most != seen.committed else { return nil }
        return "it is of a backup, and up to \((seen.most - seen.committed).usd) may have been spent since it was made "
            + "(\(path)): book that, \(day)"
    }
}
