import Glibc
import Synchronization

/// Where the threads of a scripted server meet.
final class Rendezvous: Sendable {
    private let count: Int
    private let arrived = Atomic(0)

    init(count: Int) {
        self.count = count
    }

    /// Arrives, and blocks until everybody has.
    /// - Returns: false if somebody was missing after ten seconds.
    func isComplete() -> Bool {
        arrived.wrappingAdd(1, ordering: .sequentiallyConsistent)
        let deadline = ContinuousClock.now + .seconds(10)
        while arrived.load(ordering: .sequentiallyConsistent) < count {
            guard ContinuousClock.now < deadline else { return false }
            poll(nil, 0, 2)
        }
        return true
    }
}
