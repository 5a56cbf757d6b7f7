import ArgumentParser
import BatchCore
import Daemon
import DurableFiles
import Glibc
import Pipeline
import Spooling
import SystemPackage

extension GateCommand {
    struct Review: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Writes the answers that a person is to judge to a file, or hands the judgement in.",
            discussion: """
                Fill in "verdict" of each line of the file with pass or fail, and "note" with a reason if there is \
                one, then hand it in with --submit. An answer that passes is delivered, also where the gate found \
                something in it, if its shard is accepted; one that fails is not. --accept delivers every answer of \
                the shards that wait, --reject none; shards that were not run yet are judged when they are.
                """)

        @Argument(help: "A job that waits for review, by name or the beginning of it.")
        var job: String

        @Option(help: "Write to this file; JOB.review.jsonl here where none is given. It must not be there yet.")
        var output: String?

        @Option(help: "Hand in this file, filled in.")
        var submit: String?

        @Flag(help: "Accept all that waits.")
        var accept = false

        @Flag(help: "Reject all that waits.")
        var reject = false

        @Option(help: "Why; needed with --accept and --reject.")
        var reason: String?

        @OptionGroup var shared: SharedOptions

        func validate() throws {
            guard [output != nil, submit != nil, accept, reject].count(where: { $0 }) <= 1 else {
                throw ValidationError("--output, --submit, --accept and --reject exclude each other")
            }
            let isReasoned = reason.map { !$0.allSatisfy(\.isWhitespace) } ?? false
            guard (accept || reject) == isReasoned else {
                throw ValidationError("--accept and --reject need a --reason, and nothing else takes one")
            }
        }

        func run() async throws {
            let (spool, _) = try shared.house()
            guard let id = try JobChoice.job(job, among: spool.jobs(), of: "jobs in processing/") else {
                throw Failure.badInput("\(job) is not in processing/; `bobbin report \(job)` tells of a finished job")
            }
            let directory = spool.job(id)
            guard let request = try directory.reviewRequest() else {
                throw Failure.badInput("\(id) does not wait for review; `bobbin status \(id)` says what it does")
            }
            if accept || reject {
                try await hand(in: .whole(accepts: accept, reason: reason ?? ""), of: directory, to: spool)
            } else if let submit {
                let verdicts = try verdicts(in: submit, ReviewSheet(directory, request))
                try await hand(in: .lines(verdicts), of: directory, to: spool)
            } else {
                try write(request, of: directory)
            }
        }

        private func verdicts(in file: String, _ sheet: ReviewSheet) throws -> [ReviewVerdict] {
            guard let text = try DurableFile.read(FilePath(file), limitBytes: 1 << 30) else {
                throw Failure(code: EX_NOINPUT, message: "\(file): there is no such file")
            }
            do throws(ReviewRefusal) { return try sheet.verdicts(in: text) } catch {
                throw Failure.badInput("\(file):\(error)")
            }
        }

        private func write(_ request: ReviewRequest, of directory: JobDirectory) throws {
            let file = output ?? "\(directory.id).review.jsonl"
            do { try ReviewSheet(directory, request).write(to: FilePath(file)) } catch let error as FileError
                where error.code == EEXIST
            {
                throw Failure(
                    code: EX_CANTCREAT,
                    message: "\(file) is there already: hand it in with --submit, or name another file with --output")
            }
            if shared.json {
                var writer = JSONWriter()
                writer.object { writer in
                    writer.member("job", directory.id.name)
                    writer.member("file", file)
                    writer.member("answers", request.lines.count)
                    writer.array("shards") { writer in for shard in request.shards { writer.element(shard.number) } }
                }
                return Terminal.say(writer.text)
            }
            for shard in request.shards {
                let gate = shard.isAccepted ? "the gate accepts it" : shard.reasons.joined(separator: "; ")
                Terminal.say(Terminal.printable("shard \(shard.number), \(shard.checked) answers: \(gate)"))
            }
            if let lot = request.lot {
                let sample = request.lines.count { $0.defect == nil }
                Terminal.say(
                    "a sample of \(sample) of \(lot.answers) good answers, of which \(lot.allowed) may be bad"
                )
            }
            Terminal.say(Terminal.printable("\(file): \(request.lines.count) answers to be judged"))
        }

        /// To the daemon, or, where none is running, to the job itself: it goes on when one is started.
        private func hand(in submission: ReviewSubmission, of directory: JobDirectory, to spool: Spool) async throws {
            let (accepted, rejected): (Int, Int)
            var then = ""
            try Operator.actAsOwner(of: spool)
            if let lock = try FileLock.acquire(spool.lock) {
                do {
                    let time = WallClock.now()
                    let decision = try directory.review(
                        submission, by: Operator.uid, at: time, request: "review-\(time.compact)-\(getpid()).json")
                    accepted = decision.shards.count(where: \.isAccepted)
                    rejected = decision.shards.count - accepted
                    then = "; the job goes on when a daemon is started"
                } catch let refusal as ReviewRefusal { throw Failure.badInput(refusal.description) }
                withExtendedLifetime(lock) {}
            } else {
                switch try await spool.replyOfDaemon(to: .review(directory.id, submission), named: "review") {
                case .reviewed(let taken, let refused): (accepted, rejected) = (taken, refused)
                case .failed(let reason): throw Failure.badInput(reason)
                case .done, .followed, nil:
                    throw Failure(code: EX_IOERR, message: "the daemon gave no reply; see its log")
                }
            }
            HashlogCommand.say(
                ["accepted": accepted, "rejected": rejected],
                "\(accepted) shards are accepted, \(rejected) rejected\(then)", json: shared.json)
        }
    }
}
