import Pipeline
import Synchronization

/// How the dispatching ended, handed from its service to the daemon.
final class ResultHolder: Sendable {
    private let end = Mutex<DispatcherEnd?>(nil)
    var value: DispatcherEnd? { end.withLock { $0 } }
    func set(_ value: DispatcherEnd) { end.withLock { $0 = value } }
}
