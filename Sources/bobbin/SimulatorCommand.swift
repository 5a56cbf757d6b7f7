import ArgumentParser
import DurableFiles
import Glibc
import Simulator
import SystemPackage

struct SimulatorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulator",
        abstract: "An OpenAI-compatible endpoint on loopback: deterministic answers, scripted faults and usage.")

    @Option(help: "The port on 127.0.0.1; 0 takes any that is free.")
    var port: UInt16 = 8080

    @Option(help: "A JSON file of rules.")
    var script: String?

    func run() async throws {
        _ = signal(SIGPIPE, SIG_IGN)
        var rules = SimulatorScript()
        if let script {
            guard let text = try DurableFile.read(FilePath(script)) else {
                throw Failure(code: EX_NOINPUT, message: "\(script): there is no such file")
            }
            do { rules = try SimulatorScript(parsing: text) } catch { throw Failure.badInput("\(script): \(error)") }
        }
        let simulator: Simulator
        do { simulator = try Simulator(port: port, script: rules) } catch {
            throw Failure(code: EX_UNAVAILABLE, message: "\(error)")
        }
        Terminal.say("simulator: listening on http://127.0.0.1:\(simulator.port)")
        try await simulator.run()
    }
}
