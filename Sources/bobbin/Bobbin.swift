import ArgumentParser

/// The one command.
@main
struct Bobbin: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bobbin",
        abstract:
            "Runs LLM batch inference from a spool, without spending money that was not there, twice, or in vain.",
        version: "0.1.0",
        subcommands: [
            DaemonCommand.self, RunCommand.self, SubmitCommand.self, StatusCommand.self, PlanCommand.self,
            ReportCommand.self, RetryCommand.self, PauseCommand.self, ResumeCommand.self, KeyCommand.self,
            CanonicalCommand.self,
            BudgetCommand.self, HashlogCommand.self, GateCommand.self, DoctorCommand.self, SimulateCommand.self,
            SimulatorCommand.self,
        ])

    static func main() async {
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            Failure.exit(with: error)
        }
    }
}
