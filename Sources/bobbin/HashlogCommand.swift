import ArgumentParser
import BatchCore
import Daemon
import Ledgers
import Spooling

struct HashlogCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hashlog", abstract: "The memory of what was answered before.",
        subcommands: [Stats.self, Verify.self],
        defaultSubcommand: Stats.self)

    struct Stats: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "How much it holds.")
        @OptionGroup var shared: SharedOptions

        func run() async throws {
            let (spool, _) = try shared.house()
            let log = try FileHashLog(in: spool.hashlog, writable: false, now: WallClock.now)
            let statistics = try await log.statistics
            let rows = [
                ("keys", statistics.keys), ("answers", statistics.answers), ("segments", statistics.segments),
                ("bytes_on_disk", statistics.bytesOnDisk), ("index_bytes", statistics.indexBytes),
                ("defects", statistics.defects),
            ]
            if shared.json {
                var writer = JSONWriter()
                writer.object { writer in for (name, value) in rows { writer.member(name, value) } }
                Terminal.say(writer.text)
            } else {
                for line in Terminal.table(rows.map { [$0.0, "\($0.1)"] }) { Terminal.say(line) }
            }
        }
    }

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Reads every key and the answer that it points to.")
        @OptionGroup var shared: SharedOptions

        func run() async throws {
            let (spool, _) = try shared.house()
            let log = try FileHashLog(in: spool.hashlog, writable: false, now: WallClock.now)
            try await log.verify()
            let keys = try await log.statistics.keys
            if shared.json {
                var writer = JSONWriter()
                writer.object { writer in
                    writer.member("ok", true)
                    writer.member("keys", keys)
                }
                Terminal.say(writer.text)
            } else {
                Terminal.say("\(keys) keys, each with its answer")
            }
        }
    }
}
