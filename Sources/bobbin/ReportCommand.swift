import ArgumentParser
import BatchCore
import Daemon
import DurableFiles
import Pipeline
import Spooling
import SystemPackage

struct ReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "What was done and what it cost; the four figures, each with what it was without Bobbin.")

    @Argument(help: "Jobs, by name or the beginning of one; all that are finished where none is named.")
    var jobs: [String] = []

    @Option(help: "Only jobs claimed on this day of the budget or later.")
    var since: String?

    @Option(help: "Only jobs claimed on this day of the budget: today, yesterday or a day such as 2026-11-24.")
    var day: String?

    @Option(help: "A row for each job, lane, model or day, in the table and in the CSV.")
    var by = ReportGrouping.job

    @Flag(help: "Print CSV (RFC 4180), with a head.")
    var csv = false

    @Flag(help: "The control charts of each prompt instead: does the gate find more defects than it did?")
    var drift = false

    @Option(help: "With --drift: write the charts to this file, as a picture.")
    var svg: String?

    @OptionGroup var shared: SharedOptions

    func validate() throws {
        if drift && (csv || !jobs.isEmpty || since != nil || day != nil) {
            throw ValidationError("--drift shows all days of all prompts, as a table or with --json")
        }
        if svg != nil && !drift { throw ValidationError("--svg is a picture of the control charts: add --drift") }
        if csv && shared.json { throw ValidationError("--csv and --json are two forms of the same: choose one") }
    }

    func run() async throws {
        let (spool, policies) = try shared.house()
        if drift {
            let charts = try ReportDrift(spool, policies)
            if let svg {
                try DurableFile.publish(Array(charts.picture.utf8), to: FilePath(svg), durable: false, mode: 0o644)
            }
            if shared.json { Terminal.say(charts.json) } else { charts.lines.forEach { Terminal.say($0) } }
            return
        }
        let today = policies.calendar.day(at: WallClock.now())
        let since = try since.map { try Self.date($0, today) }
        let day = try day.map { try Self.date($0, today) }
        // One file that somebody damaged is no reason to show nobody anything.
        let finished = try spool.finishedJobs { damage in
            Terminal.complain("bobbin: a job is left out: \(damage.file.printable): \(damage.reason)")
        }
        let isWhole = shared.json || !jobs.isEmpty
        let all = finished.map { DatedJob(job: $0, day: policies.calendar.day(at: $0.claimedAt)) }
        let report = Report(
            of: try selected(all, since: since, day: day).map { try isWhole ? inFull($0, spool) : $0 }, all: all,
            waiting: try spool.jobs().flatMap { try spool.job($0).parks() }, today: today, comparedDay: day ?? today,
            books: DayBooks(spool, policies))
        if shared.json {
            Terminal.say(report.json)
        } else if csv {
            Terminal.write(report.csv(by: by))
        } else {
            for line in report.lines(by: by, inDetail: !jobs.isEmpty) { Terminal.say(line) }
        }
    }

    /// The book leaves out what takes much room: shards, examples, reviews.
    private func inFull(_ entry: DatedJob, _ spool: Spool) throws -> DatedJob {
        do { return DatedJob(job: try entry.job.inFull(in: spool), day: entry.day) } catch let damage as JobDamage {
            Terminal.complain("bobbin: a report is left out: \(damage.file.printable): \(damage.reason)")
            return entry
        }
    }

    private static func date(_ text: String, _ today: CivilDate) throws -> CivilDate {
        switch text {
        case "today": return today
        case "yesterday": return today.yesterday
        default:
            guard let date = CivilDate(text) else {
                throw Failure.usage("\(text) is no day: write it as 2026-11-24, today or yesterday")
            }
            return date
        }
    }

    private func selected(_ all: [DatedJob], since: CivilDate?, day: CivilDate?) throws -> [DatedJob] {
        let finished = all.map(\.job.id)
        let names = try jobs.map { text in
            guard let job = try JobChoice.job(text, among: finished, of: "finished jobs") else {
                throw Failure.badInput("\(text) is no finished job; `bobbin status` shows those in processing/")
            }
            return job.name
        }
        return all.filter { entry in
            (since.map { entry.day >= $0 } ?? true) && (day.map { entry.day == $0 } ?? true)
                && (names.isEmpty || names.contains(entry.job.id.name))
        }
    }
}

enum ReportGrouping: String, CaseIterable, ExpressibleByArgument {
    case job, lane, model, day
}

extension CivilDate {
    var yesterday: CivilDate { CivilDate(daysSinceEpoch: daysSinceEpoch - 1) }
}
