import ArgumentParser
import BatchCore
import Daemon
import DurableFiles
import Spooling
import SystemPackage

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
