import BatchCore
import DurableFiles
import Ledgers
import Logging
import Spooling
import SystemPackage

/// What is looked after beside the jobs, a part at a time: the books of finished jobs, the sums of days that are over,
/// and results that were kept for long enough. What fails here costs time and space, and no answer: it is said, and
/// tried again with the next round.
package struct Upkeep: Sendable {
    private static let daysInPart = 8
    private static let resultsInPart = 64

    private var days: [CivilDate] = []
    private var results: [FinishedHead] = []
    /// By which `results` were found.
    private var retention = Retention()
    /// Days that cannot be closed, and that was said.
    private var doubtful: Set<CivilDate> = []

    /// Nothing is left of the round: the next part begins another one.
    var isOver: Bool { days.isEmpty && results.isEmpty }

    mutating func workOnPart(_ services: Services, _ policies: Policies) async {
        // Who wants to keep more is not to wait for the end of a round.
        if retention != policies.results { results = [] }
        do {
            if isOver { try await begin(services, policies) }
            let jobs = Set(try services.spool.jobs().map(\.name))
            for day in days.prefix(Self.daysInPart) { close(day, keeping: jobs, services) }
            days.removeFirst(min(Self.daysInPart, days.count))
            pruneResults(services)
        } catch {
            (days, results) = ([], [])
            services.logger.error("upkeep.failed", metadata: ["reason": "\(error)"])
        }
    }

    private mutating func begin(_ services: Services, _ policies: Policies) async throws {
        let (spool, now) = (services.spool, services.now())
        try await services.finished.open(at: now)
        await services.drift.open()
        let today = policies.calendar.day(at: now)
        let states = try OpenedDays.states(in: spool.openedDays)
        days = try BudgetFile.days(in: spool.budget).filter { day in
            // Of yesterday a job may settle yet.
            guard day.daysSinceEpoch < today.daysSinceEpoch - 1, !doubtful.contains(day) else { return false }
            return try BudgetFile(day, in: spool.budget).closed(knowing: states) == nil
        }
        retention = policies.results
        guard retention != Retention() else { return }
        try spool.removeGone()
        results = try spool.outlived(retention, at: now)
    }

    private mutating func close(_ day: CivilDate, keeping jobs: Set<String>, _ services: Services) {
        do throws(LedgerError) {
            _ = try BudgetFile(day, in: services.spool.budget).close(keeping: jobs)
        } catch {
            doubtful.insert(day)
            services.logger.error("upkeep.failed", metadata: ["reason": "\(error)"])
        }
    }

    private mutating func pruneResults(_ services: Services) {
        let part = results.prefix(Self.resultsInPart)
        if part.isEmpty { return }
        var (jobs, bytes, failure): (Int, Int, FileError?) = (0, 0, nil)
        for head in part {
            do throws(FileError) {
                try services.spool.removeResults(of: head)
                jobs += 1
                bytes += head.sizeBytes
            } catch {
                failure = failure ?? error
            }
        }
        results.removeFirst(part.count)
        services.logger.notice("results.pruned", metadata: ["jobs": "\(jobs)", "bytes": "\(bytes)"])
        if let failure { services.logger.error("upkeep.failed", metadata: ["reason": "\(failure)"]) }
    }
}

extension Dispatcher {
    /// Seconds from one round to the next, and to the first one: a dispatcher that ends soon, since there is trouble,
    /// need not read all books.
    static let secondsOfRound = 600
    static let secondsToFirstRound = 10

    func lookAfterBooks(_ group: inout ThrowingDiscardingTaskGroup<any Error>) {
        guard case .everything = scope, !isUpkeepInWork, secondsToUpkeep <= 0, mayStart, trouble == nil else { return }
        isUpkeepInWork = true
        group.addTask { [services, policies, tell, upkeep] in
            let ended = await withTaskExecutorPreference(FileExecutor.bulk) {
                var upkeep = upkeep
                await upkeep.workOnPart(services, policies)
                return upkeep
            }
            tell(.upkeepEnded(ended))
        }
    }

    func upkeepEnded(_ upkeep: Upkeep) {
        self.upkeep = upkeep
        isUpkeepInWork = false
        hasLookedAfterBooks = upkeep.isOver
        secondsToUpkeep = upkeep.isOver ? Self.secondsOfRound : 1
    }
}
