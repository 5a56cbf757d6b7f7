import Glibc
import Synchronization

/// Where the threads of a scripted server meet.
final class Rendezvous: Sendable {
    private let count: Int
    private let arrived = Atomic(0)

    init(count: Int) {
        self.count = count
    }

    var arrivals: Int { arrived.load(ordering: .sequentiallyConsistent) }

    /// Arrives, and blocks until everybody has.
    /// - Returns: false if somebody was missing after ten seconds.
    func isComplete() -> Bool {
        arrived.wrappingAdd(1, ordering: .sequentiallyConsistent)
        let deadline = ContinuousClock.now + .seconds(10)
        while arrivals < count {
            guard ContinuousClock.now < deadline else { return false }
            poll(nil, 0, 2)
        }
        return true
    }
}
