import Backends
import BatchCore
import DurableFiles
import Ledgers
import Logging
import Pipeline
import ServiceLifecycle
import Spooling

/// Runs dispatchers: one, and after trouble with the environment another, which goes on from what is on disk.
struct DispatchService: Service {
    /// How soon after trouble with the environment (a full disk, a failed fsync) it is tried again.
    private static let retryPause = Duration.seconds(5)

    let spool: Spool
    let state: DaemonState
    let configuration: ConfigurationHolder
    let backend: any CompletionBackend
    let notifier: ServiceNotifier
    let untilIdle: Bool
    let outbox: Outbox
    let logger: Logger
    let result: ResultHolder

    func run() async throws {
        try await withGracefulShutdownHandler {
            try await withTaskExecutorPreference(FileExecutor.shared) { try await dispatch() }
        } onGracefulShutdown: {
            logger.notice("daemon.stopping")
            do { try notifier.stopping(status: "lets finish what is in flight") } catch {
                logger.warning("notify.failed", metadata: ["reason": "\(error)"])
            }
            state.stop()
        }
    }

    private func dispatch() async throws {
        var said = ""
        while true {
            do {
                result.set(try await dispatchOnce(hasTrouble: !said.isEmpty))
                return
            } catch {
                if isDamage(error) { logger.error("ledger.damaged", metadata: ["reason": "\(error)"]) }
                guard isEnvironmental(error), !untilIdle else { throw error }
                if said != "\(error)" {
                    said = "\(error)"
                    logger.error(
                        "environment.trouble", metadata: ["reason": "\(error)", "retry": "every \(Self.retryPause)"])
                }
            }
            let until = ContinuousClock.now + Self.retryPause
            while ContinuousClock.now < until, !state.isStopping {
                state.beat()
                try await Task.sleep(for: .milliseconds(100))
            }
            if state.isStopping { return }
        }
    }

    private func dispatchOnce(hasTrouble: Bool) async throws -> DispatcherEnd {
        let policies = configuration.policies
        let services = try House.services(
            spool: spool, policies: policies, backend: backend, logger: logger,
            inTrouble: outbox.endpointsInTrouble, isStopping: { state.isStopping })
        let dispatcher = Dispatcher(
            services: services, policies: policies, untilIdle: untilIdle, wasSpoolFull: outbox.isOn(NoticeRule.spool))
        try await dispatcher.recover()
        state.begin(dispatcher)
        if hasTrouble || outbox.isOn(NoticeRule.environment) { logger.notice("environment.recovered") }
        logger.notice("daemon.ready", metadata: ["spool": "\(spool.root)"])
        try notifier.ready(status: "watching \(spool.inbox)")
        return try await dispatcher.run()
    }

    /// The books say something that cannot be: a person has to look.
    private func isDamage(_ error: any Error) -> Bool {
        switch error {
        case LedgerError.file: false
        default: error is LedgerError
        }
    }

    /// Trouble that passes: the same work can succeed later, on the same files.
    private func isEnvironmental(_ error: any Error) -> Bool {
        switch error {
        case let error as FileError: error.isEnvironmental
        case LedgerError.file(let error): error.isEnvironmental
        default: false
        }
    }
}
