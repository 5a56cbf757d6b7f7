import ArgumentParser
import BatchCore
import Daemon
import DurableFiles
import Glibc
import Spooling
import SystemPackage

struct ReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "What was done and what it cost; the four figures.")

    @Argument(help: "Jobs; all that are finished where none is named.")
    var jobs: [String] = []

    @Option(help: "Only jobs claimed on this day (UTC) or later.")
    var since: String?

    @OptionGroup var shared: SharedOptions

    func run() async throws {
        let (spool, _) = try shared.house()
        let reports = try selected(spool)
        let figures = reports.compactMap { $0.report["figures"].flatMap { Figures($0) } }.reduce(Figures(), +)
        if shared.json {
            var writer = JSONWriter()
            writer.object { writer in
                writer.array("jobs") { writer in for entry in reports { writer.element(raw: entry.report) } }
                writer.object("figures", figures.write)
            }
            Terminal.say(writer.text)
        } else {
            for line in lines(reports, figures) { Terminal.say(line) }
        }
    }

    private typealias Entry = (job: JobID, directory: FilePath, report: JSONValue)

    private func selected(_ spool: Spool) throws -> [Entry] {
        var reports = try spool.reports()
        if let since {
            guard let day = CivilDate(since) else { throw Failure.usage("\(since) is no day: write it as 2026-11-24") }
            let stamp = day.description.filter { $0 != "-" }
            reports = reports.filter { $0.job.claimStamp >= stamp }
        }
        guard !jobs.isEmpty else { return reports }
        for job in jobs where !reports.contains(where: { $0.job.name == job }) {
            throw Failure.badInput("\(job) is no finished job; `bobbin status` shows those in processing/")
        }
        return reports.filter { jobs.contains($0.job.name) }
    }

    private func lines(_ reports: [Entry], _ figures: Figures) -> [String] {
        var rows = [["job", "verdict", "lines", "answered", "reused", "failed", "refused", "spent", "unknown"]]
        for (job, _, report) in reports {
            func count(_ name: String) -> String { "\(report["lines"]?[name]?.int ?? 0)" }
            func usd(_ name: String) -> String { "$\(report["cost"]?[name]?.string ?? "0")" }
            rows.append([
                job.name, report["verdict"]?.string ?? "?", count("total"), count("answered"), count("reused"),
                count("failed"), count("refused"), usd("spent_usd"), usd("unknown_usd"),
            ])
        }
        var lines = Terminal.table(rows)
        for (job, directory, report) in reports where !jobs.isEmpty {
            lines += ["", job.name, "  in \(directory)", "  " + Terminal.printable(report["reason"]?.string ?? "")]
            for shard in report["shards"]?.array ?? [] {
                lines.append(Terminal.printable("  " + sentence(shard)))
            }
        }
        lines +=
            [""]
            + Terminal.table([
                [
                    "failure reprocessing rate", percent(figures.failureReprocessingRate),
                    "\(figures.resentLines) lines were sent again",
                ],
                [
                    "duplicate request reduction rate", percent(figures.duplicateReductionRate),
                    "\(figures.unsentLines) of \(figures.lines) lines were not sent; without Bobbin "
                        + "\(figures.saved) more",
                ],
                [
                    "reprocessing cases", "\(figures.reprocessedLines)",
                    "lines, in \(figures.reprocessedShards) rejected shards",
                ],
                [
                    "unit token cost", "\(figures.unitCost)",
                    "and \(rounded(figures.unitTokens)) tokens for each of \(figures.acceptedAnswers) accepted answers",
                ],
            ])
        return lines
    }

    private func sentence(_ shard: JSONValue) -> String {
        let reasons = (shard["reasons"]?.array ?? []).compactMap(\.string).joined(separator: "; ")
        func count(_ name: String) -> Int { shard[name]?.int ?? 0 }
        return "shard \(count("shard")): \(shard["verdict"]?.string ?? ""), \(count("lines")) requests, "
            + "\(count("defects")) of \(count("checked")) defective, $\(shard["spent_usd"]?.string ?? "0") \(reasons)"
    }

    private func percent(_ rate: Double) -> String { "\(rounded(rate * 100)) %" }

    private func rounded(_ number: Double) -> String { "\((number * 10).rounded() / 10)" }
}

struct RetryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry",
        abstract: "Hands in the lines of a job that are worth another try; they may be paid for again.")

    @Argument(help: "A finished job.")
    var job: String

    @Option(help: "The lane to hand them to; that of the job where none is given.")
    var lane: String?

    @OptionGroup var shared: SharedOptions

    func run() async throws {
        let (spool, policies) = try shared.house()
        guard let id = JobID(job) else { throw Failure.usage("\(job) is no name of a job") }
        for parent in [spool.rejected, spool.done] {
            let directory = parent.appending(id.name)
            let reprocess = directory.appending("reprocess.jsonl")
            guard try FileFacts(at: reprocess) != nil else { continue }
            let lane = try lane ?? spool.report(in: directory)?["lane"]?.string
            let inbox = try Submission.inbox(of: lane, in: spool, policies)
            let stem = id.stem.hasSuffix(".retry") ? String(id.stem.dropLast(".retry".count)) : id.stem
            let name = try Submission.submit(reprocess.string, as: stem + Arrival.retryEnding, to: inbox, of: spool)
            Terminal.say(name)
            return
        }
        throw Failure.badInput("\(job) has no reprocess.jsonl in done/ or rejected/: there is nothing to try again")
    }
}
