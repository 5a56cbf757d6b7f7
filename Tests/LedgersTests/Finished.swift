import Synchronization

/// Counts its calls, from 1.
final class Finished: Sendable {
    private let count = Atomic<Int>(0)

    var isBegun: Bool { count.load(ordering: .relaxed) > 0 }

    func turn() -> Int { count.add(1, ordering: .relaxed).newValue }
}
