import ArgumentParser
import BatchCore
import Daemon
import DurableFiles
import Pipeline
import Spooling
import SystemPackage

struct RetryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry",
        abstract: "Hands in the lines of a job that are worth another try; they may be paid for again.",
        discussion: """
            Without --from the lines of reprocess.jsonl are handed in as they stand there. To mend them, edit a copy \
            (what to change is the "suggest" in the member "bobbin" of each) and hand that in with --from; leave the \
            member "bobbin" as it is: by it the new job is linked to this one. Lines may be left out.
            """)

    @Argument(help: "A finished job, by name or the beginning of it.")
    var job: String

    @Option(help: "Hand in this file, an edited copy of reprocess.jsonl; - is standard input.")
    var from: String?

    @Option(help: "The lane to hand them to; that of the job where none is given.")
    var lane: String?

    @OptionGroup var shared: SharedOptions

    func run() async throws {
        let (spool, policies) = try shared.house()
        let finished = Set(try [spool.rejected, spool.done].flatMap { try spool.jobs(in: $0) })
        guard let id = try JobChoice.job(job, among: Array(finished), of: "finished jobs") else {
            throw try notFinished(spool)
        }
        for parent in [spool.rejected, spool.done] {
            let directory = parent.appending(id.name)
            let reprocess = directory.appending("reprocess.jsonl")
            guard try FileFacts(at: reprocess) != nil else { continue }
            let report = try spool.report(in: directory)
            let inbox = try Submission.inbox(of: lane ?? report?["lane"]?.string, in: spool, policies)
            let input = try InputFile(from ?? reprocess.string)
            defer { input.remove() }
            try RetryLines(of: id, report, original: reprocess, isEdited: from != nil)
                .check(input.path, as: from == "-" ? "standard input" : input.path.string)
            let stem = id.stem.hasSuffix(".retry") ? String(id.stem.dropLast(".retry".count)) : id.stem
            let name = try Submission.submit(input.path.string, as: stem + Arrival.retryEnding, to: inbox, of: spool)
            Submission.tell(name, json: shared.json)
            return
        }
        throw Failure.badInput("\(id) has no reprocess.jsonl in done/ or rejected/: there is nothing to try again")
    }

    private func notFinished(_ spool: Spool) throws -> Failure {
        if let id = try JobChoice.job(job, among: spool.jobs(), of: "jobs in processing/") {
            return .badInput("\(id) is not finished; `bobbin status \(id)` says what it does")
        }
        if let id = try JobChoice.job(job, among: spool.finishedJobs { _ in }.map(\.id), of: "finished jobs") {
            return .badInput("the results of \(id) are gone by now: hand in the file itself once more")
        }
        return .badInput("\(job) is no finished job; `bobbin report` names those that are in done/ and rejected/")
    }
}
