import ArgumentParser
import BatchCore
import Daemon
import Ledgers
import Spooling

extension HashlogCommand {
    struct Repair: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Puts a damaged hash log in order and loses nothing that can be read.",
            discussion: """
                What cannot be read is set aside, in files with `.damaged-` and the time in their names. Keys whose \
                answer is lost are forgotten, and paid for anew when they are asked again; answers whose key was lost \
                get it back.
                """)
        @OptionGroup var shared: SharedOptions

        func run() async throws {
            let (spool, _) = try shared.house()
            let repair = try await HashlogCommand.aloneOnly(in: spool) {
                try await HashLogRepair.run(in: spool.hashlog, now: WallClock.now)
            }
            if shared.json {
                var writer = JSONWriter()
                writer.object { writer in
                    for (name, value) in rows(repair) { writer.member(name, value) }
                    writer.array("set_aside") { writer in for path in repair.aside { writer.element(path) } }
                }
                return Terminal.say(writer.text)
            }
            for line in Terminal.table(rows(repair).map { [$0.0, "\($0.1)"] }) { Terminal.say(line) }
            for path in repair.aside { Terminal.say(Terminal.printable("set aside: \(path)")) }
        }

        private func rows(_ repair: HashLogRepair) -> [(String, Int)] {
            [
                ("damaged_lines", repair.lines), ("damaged_frames", repair.frames),
                ("damaged_key_bytes", repair.keyBytes),
                ("lost_segments", repair.segments), ("keys_lost", repair.keysLost), ("keys_found", repair.keysFound),
            ]
        }
    }
}
