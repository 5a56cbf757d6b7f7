import ArgumentParser
import BatchCore
import Configuration
import Daemon
import Gates
import Logging
import Pipeline
import Spooling
import SystemPackage

/// What every command takes.
struct SharedOptions: ParsableArguments {
    @Option(name: .customLong("config"), help: "Directory of the configuration ($BOBBIN_CONFIG, else /etc/bobbin).")
    var config: String?

    @Option(name: .customLong("spool"), help: "The spool, instead of the one in bobbin.toml.")
    var spool: String?

    @Flag(help: "Print JSON.")
    var json = false

    var directory: FilePath {
        var environment: [String: String] = [:]
        environment["BOBBIN_CONFIG"] = environmentVariable("BOBBIN_CONFIG")
        return Configuration.directory(option: config, environment: environment)
    }

    func configuration() throws -> Configuration { try Configuration.load(from: directory) }

    func house() throws -> (spool: Spool, policies: Policies) {
        let configuration = try configuration()
        return (try House.spool(option: spool, configuration), try House.policies(configuration))
    }

    /// Logs go to the journal or to standard error.
    func logger() throws -> Logger {
        try JournalLogHandler.bootstrap()
        return Logger(label: "bobbin")
    }
}
