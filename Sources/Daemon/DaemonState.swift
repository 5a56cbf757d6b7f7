package import Pipeline
import Synchronization

/// What the services of the daemon share: the dispatcher of the moment, and whether to stop.
package final class DaemonState: Sendable {
    private let stopping = Atomic<Bool>(false)
    private let current = Mutex<Dispatcher?>(nil)

    package init() {}

    package var isStopping: Bool { stopping.load(ordering: .acquiring) }

    package var dispatcher: Dispatcher? { current.withLock { $0 } }

    package func begin(_ dispatcher: Dispatcher) {
        current.withLock { $0 = dispatcher }
        if isStopping { dispatcher.send(.stop) }
    }

    package func stop() {
        stopping.store(true, ordering: .releasing)
        dispatcher?.send(.stop)
    }
}
