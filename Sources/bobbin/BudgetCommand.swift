import ArgumentParser
import BatchCore
import Daemon
import DurableFiles
import Glibc
import Pipeline
import Spooling

struct BudgetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "budget", abstract: "The daily budget file.",
        subcommands: [Show.self, Verify.self, Raise.self, Adopt.self], defaultSubcommand: Show.self)

    struct DayOption: ParsableArguments {
        @Option(help: "A day such as 2026-11-24; today where none is given.")
        var day: String?

        func value(_ policies: Policies) throws -> CivilDate {
            guard let day else { return policies.calendar.day(at: WallClock.now()) }
            guard let date = CivilDate(day) else { throw Failure.usage("\(day) is no day: write it as 2026-11-24") }
            return date
        }
    }
}

extension Spool {
    /// Hands a request to the daemon that works here, and returns once it is done.
    func askDaemon(_ request: ControlRequest, named name: String) async throws {
        let path = try ask(request, by: Operator.uid, name: "\(name)-\(WallClock.now().compact)-\(getpid())")
        let deadline = ContinuousClock.now + .seconds(30)
        while try FileFacts(at: path) != nil {
            guard ContinuousClock.now < deadline else {
                try DurableFile.remove(path)
                throw Failure(
                    code: EX_TEMPFAIL, message: "the daemon did not answer within 30 s: is it stopped or stuck?")
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }
}
