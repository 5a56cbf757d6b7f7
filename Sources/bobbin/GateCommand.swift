import ArgumentParser

struct GateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gate", abstract: "What the gate promises, and what it asks of persons.",
        subcommands: [Plan.self, Review.self])
}
