import ArgumentParser
import BatchCore
import Daemon
import Glibc
import Ledgers
import Pipeline
import Spooling

extension HashlogCommand {
    struct Forget: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Forgets answers and removes their bytes.",
            discussion: """
                By key, as `bobbin key` and the output lines show it, or all that a job or the jobs of a user have \
                paid for. What is asked again afterwards is paid again. Results in done/ and rejected/ and jobs in \
                processing/ are files of their own and stay: a job that is still there brings its answers in when \
                it is judged, so its answers, and those of its user, are forgotten when it is finished. Imported \
                answers belong to no job and no user.
                """)

        @Argument(help: "Request keys, 64 hexadecimal digits each.")
        var keys: [String] = []

        @Option(help: "A job, by name or the beginning of it: what it paid for.")
        var job: String?

        @Option(help: "A user by number: what was paid for in files that this user delivered.")
        var uid: UInt32?

        @OptionGroup var shared: SharedOptions

        func run() async throws {
            let chosen = try selection()
            let (spool, _) = try shared.house()
            let selection = try named(chosen, in: spool)
            try requireFinished(selection, in: spool)
            let done = try await HashlogCommand.alone(in: spool) {
                let log = try FileHashLog(in: spool.hashlog, now: WallClock.now)
                let forgotten = try await log.forget(selection)
                return (answers: forgotten.answers, segments: forgotten.segments)
            }
            let (answers, segments) =
                if let done { done } else { try await spool.hearDaemon(.forget(selection), named: "forget") }
            HashlogCommand.say(
                ["answers": answers, "segments": segments],
                "\(answers) answers are forgotten, \(segments) segments were written anew", json: shared.json)
        }

        /// With the whole name of its job. One that nobody knows any more is taken at its whole name.
        private func named(_ selection: AnswerSelection, in spool: Spool) throws -> AnswerSelection {
            guard case .job(let text) = selection else { return selection }
            let known = try spool.jobs() + spool.finishedJobs { _ in }.map(\.id)
            if let id = try JobChoice.job(text, among: known, of: "jobs") { return .job(id.name) }
            guard JobID(text) != nil else {
                throw Failure.badInput("\(text) is no job that is known here; `bobbin report` names finished ones")
            }
            return selection
        }

        /// A job that goes on after a restart is judged again, and its answers would be back.
        private func requireFinished(_ selection: AnswerSelection, in spool: Spool) throws {
            for id in try spool.jobs() {
                let isMeant =
                    switch selection {
                    case .keys: false
                    case .job(let job): job == id.name
                    case .uid(let uid): try spool.job(id).record()?.uid == uid
                    }
                guard isMeant else { continue }
                throw Failure(
                    code: EX_TEMPFAIL,
                    message: "\(id) is still in processing/ and would bring its answers back: "
                        + "forget them when it is finished; nothing was forgotten")
            }
        }

        private func selection() throws -> AnswerSelection {
            guard [!keys.isEmpty, job != nil, uid != nil].count(where: { $0 }) == 1 else {
                throw Failure.usage("name either keys, or --job, or --uid")
            }
            if let job { return .job(job) }
            if let uid { return .uid(uid) }
            return .keys(
                Set(
                    try keys.map { hex in
                        guard let key = RequestKey(hex: hex) else {
                            throw Failure.usage("\(hex) is no request key: write its 64 hexadecimal digits")
                        }
                        return key
                    }))
        }
    }
}
