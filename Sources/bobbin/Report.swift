import BatchCore
import DurableFiles
import Ledgers
import Pipeline
import Spooling

/// A finished job and the day of the budget on which it was claimed: it counts for that day, all of it.
struct DatedJob {
    let job: FinishedJob
    let day: CivilDate
}

/// The selected jobs, and their figures added up by lane, model and day.
struct Report {
    let jobs: [DatedJob]
    let figures: Figures
    let lanes: FigureGroups
    let models: FigureGroups
    let days: FigureGroups
    /// Of all jobs, whichever are selected.
    let allDays: FigureGroups
    let today: CivilDate
    /// Shown beside the day before it.
    let comparedDay: CivilDate
    let books: DayBooks
    /// How often a cap has stopped a job, by day; jobs that still wait are counted.
    let stops: [CivilDate: Int]

    /// - Parameter waiting: what jobs in processing/ have waited for so far.
    init(
        of jobs: [DatedJob], all: [DatedJob], waiting: [ParkNote], today: CivilDate, comparedDay: CivilDate,
        books: DayBooks
    ) {
        var (lanes, models) = (FigureGroups(), FigureGroups())
        for entry in jobs {
            lanes.add(entry.job.figures, to: entry.job.lane)
            for (model, figures) in entry.job.models { models.add(figures, to: model) }
        }
        self.jobs = jobs
        self.lanes = lanes
        self.models = models
        days = Self.byDay(jobs)
        allDays = Self.byDay(all)
        figures = lanes.total
        self.today = today
        self.comparedDay = comparedDay
        self.books = books
        stops = (all.flatMap(\.job.parks) + waiting).filter { $0.cause == .budget }
            .reduce(into: [:]) { $0[$1.day, default: 0] += 1 }
    }

    private static func byDay(_ jobs: [DatedJob]) -> FigureGroups {
        var days = FigureGroups()
        for entry in jobs { days.add(entry.job.figures, to: entry.day.description) }
        return days
    }
}

/// The daily budget files, for what a day has cost: they hold all money of the day, also of jobs that are not finished
/// or were claimed the day before.
struct DayBooks {
    private let spool: Spool
    private let policies: Policies

    init(_ spool: Spool, _ policies: Policies) {
        self.spool = spool
        self.policies = policies
    }

    /// - Returns: nil where the day has no file, or one that is damaged, which is said.
    subscript(day: CivilDate) -> Budget.Day? {
        do throws(LedgerError) {
            let file = BudgetFile(day, in: spool.budget)
            guard let content = try file.read(), !content.records.isEmpty else { return nil }
            var history = BudgetHistory(policy: policies.budget)
            try history.replay(content.records, of: file)
            return history.budget.days[day]
        } catch {
            Terminal.complain("bobbin: the budget file of \(day) is left out: \(error)")
            return nil
        }
    }

    subscript(day: String) -> Budget.Day? { CivilDate(day).flatMap { self[$0] } }
}
