package import BatchCore
import DurableFiles
import Ledgers
package import Spooling

/// The books against the files of the jobs: what each job was charged must stand in both. A daemon may be at work
/// meanwhile; what moves is left out.
package struct BookCheck: Sendable {
    /// How many records the file of each day has.
    package let records: [CivilDate: Int]
    /// By job.
    private let booked: [String: [(key: ReservationID, value: Settlement)]]
    private let compared: [JobCharges]
    /// Of whole days, in words.
    private let wrongDays: [String]
    /// Jobs of which nobody can say what they have cost, in words.
    private let damaged: [String]

    /// Reads all of it.
    /// - Throws: `LedgerError` for a budget file that is not as it was written.
    package init(_ spool: Spool, _ policies: Policies) throws {
        let before = try Self.replay(spool, policies)
        var damaged: [String] = []
        let jobs = try spool.charges { damaged.append("\($0)") }
        let after = try Self.replay(spool, policies)
        // A reservation that is open, or went on between the two readings, is at work.
        let moving = Set(
            after.history.charges.filter { !$0.value.leavesNothingOpen || before.history.charges[$0.key] != $0.value }
                .keys.map(\.job))
        let booked = Dictionary(grouping: after.history.charges, by: \.key.job)
        let records = after.records
        compared = jobs.filter { job in
            guard !moving.contains(job.job.name), job.inFlight.isEmpty else { return false }
            // Of a job that is older than the oldest file nobody knows what stood in the files before.
            return booked[job.job.name] != nil || records[policies.calendar.day(at: job.claimedAt)] != nil
        }
        self.booked = booked
        self.records = records
        wrongDays = try Self.missingDays(spool, records) + Self.wrongSums(spool, after.history.budget)
        self.damaged = damaged
    }

    private static func missingDays(_ spool: Spool, _ records: [CivilDate: Int]) throws -> [String] {
        let states = try OpenedDays.states(in: spool.openedDays)
        var missing: [String] = []
        for (day, state) in states.sorted(by: { $0.key < $1.key })
        where state != .opened || records[day, default: 0] == 0 {
            do throws(LedgerError) {
                _ = try BudgetFile(day, in: spool.budget).read(knowing: states)
            } catch {
                guard case .notAdopted = error else { throw error }
                missing.append(error.description)
            }
        }
        return missing
    }

    /// A day that is closed is not read at a start: what was changed in it since is found here.
    private static func wrongSums(_ spool: Spool, _ budget: Budget) throws -> [String] {
        let states = try OpenedDays.states(in: spool.openedDays)
        return try BudgetFile.days(in: spool.budget).compactMap { day in
            let file = BudgetFile(day, in: spool.budget)
            guard let sums = try file.closed(knowing: states),
                try sums.book != budget.days[day] || sums.checksum != file.checksum()
            else { return nil }
            return "\(file.path) is not as it was when its sums were written to \(day).closed: restore one of the two"
        }
    }

    private static func replay(
        _ spool: Spool, _ policies: Policies
    ) throws -> (history: BudgetHistory, records: [CivilDate: Int]) {
        var history = BudgetHistory(policy: policies.budget)
        var counts: [CivilDate: Int] = [:]
        for day in try BudgetFile.days(in: spool.budget) {
            let file = BudgetFile(day, in: spool.budget)
            guard let content = try file.read() else { continue }
            try history.replay(content.records, of: file)
            counts[day] = content.records.count
        }
        return (history, counts)
    }

    package var comparedJobs: Int { compared.count }

    /// What stands in one and not in the other, in words; empty: they agree.
    package var differences: [String] {
        var found = wrongDays + damaged
        for job in compared { found += differences(job, booked[job.job.name] ?? []) }
        return found
    }

    private func differences(_ job: JobCharges, _ booked: [(key: ReservationID, value: Settlement)]) -> [String] {
        let name = job.job.name
        var found: [String] = []
        func compare(_ what: String, _ books: Money, _ files: Money) {
            if books != files { found.append("\(name)\(what): the books say \(books), its files \(files)") }
        }
        let spent = booked.reduce(into: [Int: Money]()) { $0[$1.key.shard, default: .zero] += $1.value.spent.usd }
        if spent[BudgetAdoption.shard] != nil {
            // What was adopted is booked for the job, not for its shards.
            compare(", spent", spent.values.reduce(.zero, +), job.spentUSD)
        } else {
            for shard in Set(spent.keys).union(job.spent.keys).sorted() {
                compare(" shard \(shard), spent", spent[shard] ?? .zero, job.spent[shard]?.usd ?? .zero)
            }
        }
        compare(", unknown", booked.reduce(.zero) { $0 + $1.value.unknown.usd }, job.unknownUSD)
        let tokens = booked.reduce(0) { $0 + $1.value.spent.tokens + $1.value.unknown.tokens }
        if tokens != job.tokens {
            found.append("\(name), tokens: the books say \(tokens), its files \(job.tokens)")
        }
        return found
    }
}
