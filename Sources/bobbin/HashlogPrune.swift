import ArgumentParser
import BatchCore
import Configuration
import Daemon
import Ledgers
import Pipeline
import Spooling

extension HashlogCommand {
    struct Prune: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Gives up the oldest answers: what is asked again afterwards is paid again.",
            discussion: """
                Whole segments go, each as old as its newest answer. Without options it does what [hashlog] in \
                bobbin.toml says, which the daemon does by itself once a day.
                """)

        @Option(help: "Segments whose answers are all older than this, such as 90d.")
        var olderThan: String?

        @Option(help: "The oldest segments, until the rest takes no more than so many bytes.")
        var keepBytes: Int?

        @OptionGroup var shared: SharedOptions

        func run() async throws {
            let (spool, policies) = try shared.house()
            var retention = Retention(keepBytes: keepBytes)
            if let olderThan {
                guard let age = Duration(stated: olderThan) else {
                    throw Failure.usage("\(olderThan) is no duration: write it as 12h or 90d")
                }
                retention.keep = age
            }
            if let keepBytes, keepBytes < 0 { throw Failure.usage("--keep-bytes must be 0 or more") }
            if retention == Retention() { retention = policies.retention }
            guard retention != Retention() else {
                throw Failure.usage("say --older-than or --keep-bytes: bobbin.toml keeps all answers")
            }
            let asked = retention
            let done = try await HashlogCommand.alone(in: spool) {
                let log = try FileHashLog(in: spool.hashlog, now: WallClock.now)
                let pruned = try await log.prune(keeping: asked)
                return (answers: pruned.answers, segments: pruned.segments)
            }
            let (answers, segments) =
                if let done { done } else { try await spool.hearDaemon(.prune(asked), named: "prune") }
            HashlogCommand.say(
                ["answers": answers, "segments": segments],
                "\(segments) segments with \(answers) answers are gone", json: shared.json)
        }
    }
}
