import ArgumentParser
import BatchCore
import Daemon
import DurableFiles
import Glibc
import Ledgers
import Pipeline
import Spooling
import SystemPackage

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "What waits, runs or is parked, and why; what today has cost.")

    @Argument(help: "One job, by name or the beginning of it.")
    var job: String?

    @Flag(help: "Show it anew every second, until interrupted.")
    var watch = false

    @OptionGroup var shared: SharedOptions

    func run() async throws {
        let (spool, policies) = try shared.house()
        repeat {
            let status = try SpoolStatus(spool, policies, job: job)
            if shared.json {
                Terminal.say(status.json)
            } else if watch && Terminal.hasColour || watch && isatty(STDOUT_FILENO) == 1 {
                Terminal.redraw(status.lines)
            } else {
                for line in status.lines { Terminal.say(line) }
            }
            if watch { try await Task.sleep(for: .seconds(1)) }
        } while watch
    }
}

/// A look at a spool from outside: nothing is asked of the daemon, everything is read from disk.
struct SpoolStatus {
    struct Waiting {
        let name: String
        let lane: String
        let reason: String
    }

    struct Job {
        let id: JobID
        let name: String
        let lane: String
        let state: JobState
        /// Those of its shards that are with a provider.
        let batches: [(shard: Int, batch: ProviderBatchRecord)]
    }

    let waiting: [Waiting]
    let jobs: [Job]
    /// By name.
    let pausedLanes: [(lane: String, pause: Pause)]
    let day: CivilDate
    let book: Budget.Day
    /// nil: there is no rate yet.
    let forecast: BudgetForecast?
    /// Why nothing is spent until a budget file is adopted.
    let doubt: String?
    let daemon: Int32?
    /// Those that are not told to everybody yet, and how often one was given up within a month.
    let notices: (pending: Int, failed: Int)
    /// By the name of a job; of none that nobody works on.
    let expected: [String: Forecast.Expected]

    init(_ spool: Spool, _ policies: Policies, job: String?) throws {
        daemon = try FileLock.holder(spool.lock)
        let hasDaemon = daemon != nil
        let pauses = try spool.pauses()
        pausedLanes = pauses.all.compactMap { pause in
            if case .lane(let lane) = pause.subject { (lane, pause) } else { nil }
        }.sorted { $0.lane < $1.lane }
        let all = try spool.jobs()
        let named = try job.flatMap { try JobChoice.job($0, among: all, of: "jobs in processing/") }
        jobs = try all.filter { job == nil || $0 == named }.compactMap { id in
            let directory = spool.job(id)
            let record: JobRecord
            do {
                guard let found = try directory.record() else { return nil }
                record = found
            } catch  where error.isOfOneJob {
                return Job(
                    id: id, name: id.stem, lane: "?", state: JobState(.stopped, reason: "\(error)"), batches: [])
            }
            var state = try directory.state() ?? JobState(.claimed)
            if !hasDaemon, state.phase == .running || state.phase == .queued || state.phase == .claimed {
                state.reason = "no daemon is running; it goes on when one is started"
            }
            if !hasDaemon, state.phase == .review, try !directory.waitsForReview {
                state.reason = "a person has decided; it goes on when a daemon is started"
            }
            state.show(pauses.pause(of: id, lane: record.lane), hasDaemon: hasDaemon)
            return Job(
                id: id, name: record.printableName, lane: record.lane, state: state, batches: try directory.batches())
        }
        day = policies.calendar.day(at: WallClock.now())
        let history: BudgetHistory
        let doubtOfToday: String?
        (history, doubtOfToday) = try Books.history(spool, policies, day)
        doubt = try doubtOfToday ?? Books.doubtOfYesterday(spool, today: day)
        waiting = job == nil ? try Self.arrivals(spool, policies, whyIdle: try Self.whyIdle(spool, daemon, doubt)) : []
        let (book, now) = (history.budget.days[day] ?? Budget.Day(cap: policies.budget.day), WallClock.now())
        self.book = book
        forecast = history.firstReservedAt[day].flatMap { start in
            BudgetForecast(of: book, since: start, at: now, until: policies.calendar.nextDay(after: now))
        }
        notices = Self.notices(spool)
        expected = hasDaemon && doubt == nil ? try Expectation(spool).forecast(policies, book, at: now).jobs : [:]
        if let job, jobs.isEmpty {
            throw Failure.badInput("\(job) is not in processing/; `bobbin report \(job)` tells of a finished job")
        }
    }

    /// Why nobody claims what is ready; nil: a daemon does.
    private static func whyIdle(_ spool: Spool, _ daemon: Int32?, _ doubt: String?) throws -> String? {
        guard let daemon else { return "no daemon is running" }
        if try FileLock.purpose(spool.lock) == RunCommand.purpose {
            return "process \(daemon) works on the files of a `bobbin run` alone, and no daemon is running"
        }
        return doubt == nil ? nil : "nothing is claimed until the books are in order"
    }

    /// The outbox stops nothing: one that cannot be read is said, and counts as empty.
    private static func notices(_ spool: Spool) -> (pending: Int, failed: Int) {
        do throws(FileError) {
            let outbox = try Outbox.read(Outbox.path(in: spool.outbox)).memory
            return (outbox.pending.count, outbox.givenUpCount)
        } catch {
            Terminal.complain("bobbin: the notices are left out: \(error)")
            return (0, 0)
        }
    }

    var json: String {
        var writer = JSONWriter()
        writer.object { writer in
            writer.array("waiting") { writer in
                for entry in waiting {
                    writer.object { writer in
                        writer.member("name", entry.name)
                        writer.member("lane", entry.lane)
                        writer.member("reason", entry.reason)
                    }
                }
            }
            writer.array("jobs") { writer in
                for job in jobs {
                    writer.object { writer in
                        writer.member("job", job.id.name)
                        writer.member("name", job.name)
                        writer.member("lane", job.lane)
                        writer.member("state", job.state.phase.rawValue)
                        writer.member("reason", job.state.reason)
                        writer.member("lines", job.state.lines)
                        writer.member("done", job.state.done)
                        writer.member("resumes_at", job.state.resumesAt?.description)
                        writer.member("expected_start", expected[job.id.name]?.startsAt?.description)
                        writer.member("expected_end", expected[job.id.name]?.endsAt?.description)
                        writer.array("batches") { writer in
                            for (shard, batch) in job.batches { batch.write(ofShard: shard, to: &writer) }
                        }
                    }
                }
            }
            writer.array("paused_lanes") { writer in
                for (lane, pause) in pausedLanes {
                    writer.object { writer in
                        writer.member("lane", lane)
                        if let uid = pause.uid { writer.member("uid", Int(uid)) }
                        writer.member("at", pause.at?.description)
                    }
                }
            }
            writer.object("day") { writer in
                Books.write(book, of: day, to: &writer)
                writer.member("usd_per_hour", forecast?.usdPerHour.decimal)
                writer.member("cap_reached_at", forecast?.reachedAt?.description)
                writer.member("doubt", doubt)
            }
            writer.object("notices") { writer in
                writer.member("pending", notices.pending)
                writer.member("failed", notices.failed)
            }
        }
        return writer.text
    }

    private func end(of job: Job) -> String {
        guard let expected = expected[job.id.name], let end = expected.endsAt else { return "" }
        let late = expected.meetsDeadline == false ? ", after its deadline" : ""
        return "\(job.state.reason.isEmpty ? "" : "; ")its end is expected at \(end)\(late)"
    }

    var lines: [String] {
        var lines = [daemon.map { "daemon: process \($0)" } ?? "daemon: none is running"]
        let cap = book.cap.usd.map(\.description) ?? "no cap in USD"
        lines.append(
            "\(day): \(book.spent.usd) spent, \(book.reserved.usd) reserved, \(book.unknown.usd) unknown, of \(cap)")
        if let doubt { lines.append("nothing is spent: \(doubt)") }
        if let forecast {
            let end = forecast.reachedAt.map { "the cap is reached at \($0)" } ?? "the cap is not reached today"
            lines.append("\(forecast.usdPerHour) an hour so far; at that rate \(end)")
        }
        if notices.pending + notices.failed > 0 {
            lines.append("notices: \(notices.pending) not told yet, \(notices.failed) given up within a month")
        }
        lines += pausedLanes.map { Terminal.printable("the lane \($0.lane): \($0.pause)") }
        if !waiting.isEmpty {
            lines +=
                ["", "waiting"]
                + Terminal.table(waiting.map { ["  \($0.name)", $0.lane, Terminal.printable($0.reason)] })
        }
        if !jobs.isEmpty {
            lines += ["", "jobs"]
            lines += Terminal.table(
                jobs.map { job in
                    [
                        "  \(job.id)", job.lane, job.state.phase.rawValue,
                        Terminal.bar(job.state.done, of: job.state.lines, width: 20),
                        Terminal.printable(
                            job.state.reason + (job.state.resumesAt.map { "; at \($0) at the latest" } ?? "")
                                + end(of: job)),
                    ]
                })
            for job in jobs {
                lines += job.batches.map { "  \(job.id): shard \($0.shard) \(Terminal.printable($0.batch.summary))" }
            }
        }
        return lines
    }
}

extension ProviderBatchRecord {
    fileprivate func write(ofShard shard: Int, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("shard", shard)
            writer.member("name", name)
            writer.member("endpoint", endpoint)
            writer.member("batch", batchID)
            writer.member("lines", lines.count)
            writer.member("state", word)
            writer.member("completed", completed)
            writer.member("failed", failed)
            writer.member("planned_at", plannedAt.description)
            writer.member("created_at", createdAt?.description)
        }
    }
}

extension JobState {
    /// The file of a pause says what holds, from the moment on in which it is there, or is there no more.
    fileprivate mutating func show(_ pause: Pause?, hasDaemon: Bool) {
        guard let pause else {
            guard phase == .paused else { return }
            phase = .queued
            reason = hasDaemon ? "it was resumed" : "no daemon is running; it goes on when one is started"
            return
        }
        switch phase {
        case .stopped, .publishing: return
        case .running: reason = "\(pause)" + (hasDaemon ? "; what is in flight ends" : "")
        case .parked, .review: reason = "\(pause). Besides: \(reason)"
        case .claimed, .queued, .reading, .paused: reason = pause.description
        }
        phase = .paused
        resumesAt = nil
    }
}
