import ArgumentParser
import Daemon
import Glibc
import Pipeline

struct DaemonCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "daemon", abstract: "The service: watches the inbox and works until it is told to stop.")

    @Flag(help: "Work until nothing in the spool can move, then exit (75 if something is parked).")
    var once = false

    @OptionGroup var shared: SharedOptions

    func run() async throws {
        let holder = try ConfigurationHolder(shared.directory)
        let logger = try shared.logger()
        let spool = try House.spool(option: shared.spool, holder.configuration)
        try Operator.actAsOwner(of: spool)
        let daemon = Daemon(spool: spool, configuration: holder, untilIdle: once, logger: logger)
        if case .idle(let parked) = try await daemon.run(), parked > 0 {
            throw Failure(code: EX_TEMPFAIL, message: "\(parked) jobs stand still; `bobbin status` says why")
        }
    }
}
