package import Pipeline
import Synchronization

/// What the services of the daemon share: the dispatcher of the moment, and whether to stop.
package final class DaemonState: Sendable {
    private let stopping = Atomic<Bool>(false)
    private let rounds = Atomic<UInt64>(0)
    private let current = Mutex<Dispatcher?>(nil)

    package init() {}

    package var isStopping: Bool { stopping.load(ordering: .acquiring) }

    package var dispatcher: Dispatcher? { current.withLock { $0 } }

    package func begin(_ dispatcher: Dispatcher) {
        current.withLock { $0 = dispatcher }
        if isStopping { dispatcher.send(.stop) }
    }

    /// Grows while a dispatcher goes round, and while one is waited for because of trouble with the environment: a
    /// daemon that waits for space on a full disk is well.
    package var heartbeat: UInt64 {
        rounds.load(ordering: .relaxed) &+ (dispatcher?.turns.load(ordering: .relaxed) ?? 0)
    }

    package func beat() { rounds.add(1, ordering: .relaxed) }

    package func stop() {
        stopping.store(true, ordering: .releasing)
        dispatcher?.send(.stop)
    }
}
