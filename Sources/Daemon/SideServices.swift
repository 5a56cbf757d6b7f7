import Backends
import BatchCore
import DurableFiles
import Logging
import Pipeline
import ServiceLifecycle
import Spooling
import Synchronization
import UnixSignals
import Watching

/// Turns hints into looks and scans of the dispatcher of the moment.
struct WatchService: Service {
    let spool: Spool
    let state: DaemonState
    let logger: Logger

    func run() async throws {
        let watcher = Watcher(
            helper: HelperLocation.find(), directories: [spool.inbox, spool.control], logger: logger)
        await cancelWhenGracefulShutdown {
            do {
                try await watcher.run { hint in
                    switch hint {
                    case .look(let directory, _) where directory == spool.control: state.dispatcher?.send(.tick)
                    case .look(let directory, let name): state.dispatcher?.send(.look(directory: directory, name: name))
                    case .scan: state.dispatcher?.send(.scan)
                    }
                }
            } catch is CancellationError {
                return
            } catch {
                logger.error("watch.failed", metadata: ["reason": "\(error)"])
            }
        }
    }
}

/// Reads the configuration again on SIGHUP, and when one of its files has changed.
struct ReloadService: Service {
    let hangups: UnixSignalsSequence
    let state: DaemonState
    let configuration: ConfigurationHolder
    let notifier: ServiceNotifier
    let spool: Spool
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await reloadOnSignal() }
                group.addTask { await reloadOnChange() }
            }
        }
    }

    private func reloadOnSignal() async {
        for await _ in hangups {
            reload()
            state.dispatcher?.send(.scan)
        }
    }

    private func reloadOnChange() async {
        while !Task.isCancelled {
            do { try await Task.sleep(for: .seconds(2)) } catch { return }
            if configuration.isChanged { reload() }
        }
    }

    private func reload() {
        // A start that is under way is not complete by this.
        let isReady = state.dispatcher != nil
        if isReady { tell { try notifier.reloading() } }
        defer { if isReady { tell { try notifier.ready(status: "watching \(spool.inbox)") } } }
        do {
            state.dispatcher?.send(.reload(try configuration.reload()))
            logger.notice("daemon.reloaded")
        } catch {
            logger.error("config.rejected", metadata: ["reason": "\(error)"])
        }
    }

    private func tell(_ message: () throws -> Void) {
        do { try message() } catch { logger.warning("notify.failed", metadata: ["reason": "\(error)"]) }
    }
}

/// Stops the daemon when the lock on the spool has become one on nothing.
struct LockService: Service {
    let lock: SpoolLock
    let state: DaemonState
    let logger: Logger

    func run() async {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do { try lock.check() } catch {
                    logger.error("spool.lock_lost", metadata: ["reason": "\(error)"])
                    return state.stop()
                }
                do { try await Task.sleep(for: .seconds(1)) } catch { return }
            }
        }
    }
}

/// Feeds the service manager's watchdog while all that has work gets some of it done.
struct WatchdogService: Service {
    let state: DaemonState
    let configuration: ConfigurationHolder
    let backend: CurlBackend
    let notifier: ServiceNotifier
    let logger: Logger

    func run() async throws {
        guard let interval = notifier.watchdogInterval else {
            // A service that returned would end the daemon.
            try await gracefulShutdown()
            return
        }
        await cancelWhenGracefulShutdown {
            var watch = ProgressWatch()
            var longestTimeout = Duration.zero
            while !Task.isCancelled {
                // What is in flight may have begun under a configuration that gave it more.
                longestTimeout = max(longestTimeout, configuration.policies.retry.requestTimeout)
                let stuck = watch.look(at: signs(requestTimeout: longestTimeout), now: .now)
                if stuck.isEmpty {
                    do { try notifier.watchdog() } catch {
                        logger.warning("notify.failed", metadata: ["reason": "\(error)"])
                    }
                }
                // Said while it can be: the service manager ends the process soon.
                for (part, since) in stuck where since >= interval / 2 {
                    let reason = "\(part) have work and get nothing done for \(since.components.seconds) seconds"
                    logger.error("watchdog.starved", metadata: ["reason": "\(reason)"])
                }
                do { try await Task.sleep(for: interval / 3) } catch { return }
            }
        }
    }

    /// A loop with nothing to do goes round once a second. Looked at more often than that, as for a watchdog of two
    /// seconds, it seems to stand still, and two of them may never be seen to move together.
    private static let turnsMax: Duration = .seconds(3)

    private func signs(requestTimeout: Duration) -> [String: ProgressWatch.Sign] {
        let (shared, bulk) = (FileExecutor.files.load, FileExecutor.longWork.load)
        let copies = FileExecutor.copyWork.load
        var signs: [String: ProgressWatch.Sign] = [
            "the loops of the dispatcher": .init(moves: state.heartbeat, patience: Self.turnsMax),
            "the loops of the network": .init(moves: backend.heartbeat, patience: Self.turnsMax),
            "the threads for files": .init(
                moves: shared.moves, hasWork: shared.waiting > 0, patience: Self.turnsMax),
            // What they do without a system call, such as planning millions of lines, takes minutes at the most.
            "the threads for large files": .init(moves: bulk.moves, hasWork: bulk.running > 0, patience: .seconds(600)),
            "the threads for copies": .init(moves: copies.moves, hasWork: copies.running > 0, patience: .seconds(600)),
        ]
        if let attempts = state.dispatcher?.attempts {
            signs["requests in flight"] = .init(
                moves: attempts.moves, hasWork: attempts.hasOpen, patience: requestTimeout * 2 + .seconds(60))
        }
        return signs
    }
}
