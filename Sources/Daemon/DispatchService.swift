import Backends
import BatchCore
import DurableFiles
import Ledgers
import Logging
import Pipeline
import ServiceLifecycle
import Spooling
import SystemPackage

/// Runs dispatchers: one, and after trouble with the environment another, which goes on from what is on disk.
struct DispatchService: Service {
    /// How soon after trouble with the environment (a full disk, a failed fsync) it is tried again.
    private static let retryPause = Duration.seconds(5)
    /// Trouble that comes back after this is new.
    private static let longestCalm = Duration.seconds(600)

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
        var calm = Self.retryPause
        while true {
            var begun: ContinuousClock.Instant?
            do {
                result.set(try await dispatchOnce(hasTrouble: !said.isEmpty, calm, &begun))
                return
            } catch {
                let isPassing = isEnvironmental(error) && !untilIdle
                // It was over, and that was said: for trouble that comes and goes, less often each time.
                if let begun, ContinuousClock.now - begun >= calm {
                    said = ""
                    calm = ContinuousClock.now - begun > Self.longestCalm ? Self.retryPause : calm * 2
                }
                if said != trouble(error) {
                    said = trouble(error)
                    if isDamage(error) {
                        logger.error("ledger.damaged", metadata: ["reason": "\(error)"])
                    } else if isPassing {
                        let retry = "every \(Self.retryPause)"
                        logger.error("environment.trouble", metadata: ["reason": "\(error)", "retry": "\(retry)"])
                    }
                }
                guard isPassing else { throw error }
            }
            let until = ContinuousClock.now + Self.retryPause
            while ContinuousClock.now < until, !state.isStopping {
                state.beat()
                if try await startProgress.during(adoptIfAsked) { break }
                try await Task.sleep(for: .milliseconds(100))
            }
            if state.isStopping { return }
        }
    }

    private var startProgress: StartProgress { StartProgress(state: state, notifier: notifier) }

    /// - Parameters:
    ///   - calm: for how long a dispatcher works before trouble is said to be over.
    ///   - begun: when it began.
    private func dispatchOnce(
        hasTrouble: Bool, _ calm: Duration, _ begun: inout ContinuousClock.Instant?
    ) async throws -> DispatcherEnd {
        let policies = configuration.policies
        let (services, dispatcher) = try await startProgress.during {
            let services = try await House.services(
                spool: spool, policies: policies, witnesses: House.witnesses(configuration.configuration),
                backend: backend, logger: logger, inTrouble: outbox.endpointsInTrouble,
                isStopping: { state.isStopping })
            let dispatcher = Dispatcher(
                services: services, policies: policies, untilIdle: untilIdle,
                wasSpoolFull: outbox.isOn(NoticeRule.spool))
            try await dispatcher.recover()
            return (services, dispatcher)
        }
        state.begin(dispatcher)
        begun = .now
        // What comes back at once, at the first file that is written, was not over.
        let recovery = Task {
            guard hasTrouble || outbox.isOn(NoticeRule.environment) else { return }
            do { try await Task.sleep(for: calm) } catch { return }
            logger.notice("environment.recovered")
        }
        defer { recovery.cancel() }
        logger.notice("daemon.ready", metadata: ["spool": "\(spool.root)"])
        try notifier.ready(status: "watching \(spool.inbox)")
        let end = try await dispatcher.run()
        try await services.ledger.close()
        do throws(LedgerError) { try await services.hashLog.close() } catch {
            logger.warning("hashlog.remark", metadata: ["reason": "\(error)"])
        }
        return end
    }

    /// The books say something that cannot be: a person has to look.
    private func isDamage(_ error: any Error) -> Bool {
        switch error {
        case LedgerError.file: false
        default: error is LedgerError
        }
    }

    /// `bobbin budget adopt`: while no dispatcher is at work.
    /// - Returns: the books may be opened again.
    private func adoptIfAsked() async throws -> Bool {
        var hasAdopted = false
        for pending in requests {
            guard case .adopt(let day) = pending.request else { continue }
            do {
                let witness = try spool.witness(in: House.witnesses(configuration.configuration))
                let booked = try await spool.adoptBudget(
                    of: day, configuration.policies, witness: witness, at: WallClock.now()
                ) { logger.warning("budget.job_left_out", metadata: ["reason": "\($0)"]) }
                logger.notice(
                    "budget.adopted",
                    metadata: [
                        "day": "\(day)", "booked_usd": "\((booked ?? .zero).usd.decimal)", "by": "uid \(pending.uid)",
                        "request": "\(pending.path.lastComponent?.string ?? "")",
                    ])
                hasAdopted = true
            } catch {
                logger.error("budget.not_adopted", metadata: ["day": "\(day)", "reason": "\(error)"])
            }
            do throws(FileError) { try pending.end() } catch {
                // It is met again at the next try, when there is nothing left to adopt.
                if !error.isEnvironmental { throw error }
            }
        }
        return hasAdopted
    }

    /// A directory that cannot be read is trouble that is said already: the next dispatcher meets it too.
    private var requests: [PendingControl] {
        do throws(FileError) { return try spool.controlRequests() } catch { return [] }
    }

    /// The same where nothing new is to be said.
    private func trouble(_ error: any Error) -> String {
        switch error {
        case let error as FileError: error.trouble
        case LedgerError.file(let error): error.trouble
        default: "\(error)"
        }
    }

    /// Trouble that passes: the same work can succeed later, on the same files.
    private func isEnvironmental(_ error: any Error) -> Bool {
        switch error {
        case let error as FileError: error.isEnvironmental
        case LedgerError.file(let error): error.isEnvironmental
        // A person mends it, and the daemon hears of it.
        case LedgerError.notAdopted: true
        default: false
        }
    }
}
