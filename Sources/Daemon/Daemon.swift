import Backends
import Configuration
import DurableFiles
import Glibc
package import Logging
package import Pipeline
import ServiceLifecycle
package import Spooling
import SystemPackage
import UnixSignals

/// `bobbin daemon`: wiring, nothing else.
package struct Daemon: Sendable {
    private let spool: Spool
    private let configuration: ConfigurationHolder
    private let untilIdle: Bool
    private let logger: Logger

    package init(spool: Spool, configuration: ConfigurationHolder, untilIdle: Bool, logger: Logger) {
        self.spool = spool
        self.configuration = configuration
        self.untilIdle = untilIdle
        self.logger = logger
    }

    /// Works until it is told to stop; with `untilIdle` until nothing in the spool can move.
    /// - Throws: `SpoolInUse`, `SelfTestFailure`, or what cannot be waited out.
    package func run() async throws -> DispatcherEnd {
        try Self.prepareProcess()
        let lock = try SpoolGuard.open(spool, logger: logger)
        let (state, result) = (DaemonState(), ResultHolder())
        let notifier = try ServiceNotifier()
        let backend = try CurlBackend()
        defer { backend.close() }
        let outbox = Outbox(
            in: spool.outbox, logger: logger, now: WallClock.now,
            receivers: { [configuration] in configuration.configuration.notify.addresses })
        var spoken = logger
        spoken.handler = NotifyingLogHandler(logger.handler, outbox: outbox)
        let dispatch = DispatchService(
            spool: spool, state: state, configuration: configuration, backend: backend, notifier: notifier,
            untilIdle: untilIdle, outbox: outbox, logger: spoken, result: result)
        let notifications = NotificationService(
            outbox: outbox, configuration: configuration, backend: backend,
            drainLimit: untilIdle ? .seconds(10) : .seconds(3), logger: logger)
        var services: [ServiceGroupConfiguration.ServiceConfiguration] = [
            // The first is the last to be stopped: it tells how the dispatching ended, also that its books are damaged.
            .init(service: notifications),
            .init(
                service: dispatch, successTerminationBehavior: .gracefullyShutdownGroup,
                failureTerminationBehavior: .gracefullyShutdownGroup),
        ]
        if !untilIdle {
            // Before READY=1, as a reload may be asked for right after it: it would end the process.
            let hangups = await UnixSignalsSequence(trapping: .sighup)
            services += [
                .init(service: WatchService(spool: spool, state: state, logger: logger)),
                .init(
                    service: ReloadService(
                        hangups: hangups, state: state, configuration: configuration, notifier: notifier, spool: spool,
                        logger: spoken)),
                // It returns where the lock is lost: requests in flight get the time of any other stop.
                .init(
                    service: LockService(lock: lock, state: state, logger: spoken),
                    successTerminationBehavior: .gracefullyShutdownGroup),
                .init(
                    service:
                        WatchdogService(
                            state: state, configuration: configuration, backend: backend, notifier: notifier,
                            logger: logger)),
            ]
        }
        var group = ServiceGroupConfiguration(
            services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: Self.quiet(logger))
        group.maximumGracefulShutdownDuration = configuration.configuration.shutdownTimeout
        do { try await ServiceGroup(configuration: group).run() } catch {
            // Without the lock, what a service meets is what an unmount, or another process, has left of the spool.
            try lock.check()
            throw error
        }
        try lock.check()
        return result.value ?? .stopped
    }

    /// Signals that must not end the process: a closed pipe or socket is an error of its write, and a broken lease is
    /// no news.
    package static func prepareProcess() throws {
        _ = signal(SIGPIPE, SIG_IGN)
        try WriterProbe.ignoreLeaseSignals()
    }

    /// The group tells of its own doings at levels that nobody needs.
    private static func quiet(_ logger: Logger) -> Logger {
        var quiet = logger
        quiet.logLevel = .error
        return quiet
    }
}
