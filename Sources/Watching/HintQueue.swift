import Synchronization

/// A `HintBuffer` between those who add and the one who delivers. Adding never waits, so that the helper's pipe is
/// read as fast as it fills, however long a delivery takes.
final class HintQueue: Sendable {
    private let buffer: Mutex<HintBuffer>
    /// Rings once for whatever was added since the last time.
    private let bell: AsyncStream<Void>
    private let ring: AsyncStream<Void>.Continuation

    init(capacity: Int) {
        buffer = Mutex(HintBuffer(capacity: capacity))
        (bell, ring) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    func add(_ hint: Hint) {
        buffer.withLock { $0.add(hint) }
        ring.yield()
    }

    /// See `HintBuffer.begin`.
    func begin() {
        buffer.withLock { $0.begin() }
        ring.yield()
    }

    var hasBegun: Bool { buffer.withLock { $0.hasBegun } }

    /// The next hint, in order; nil once the task is cancelled. One task may wait at a time.
    func next() async -> Hint? {
        var bell = bell.makeAsyncIterator()
        while !Task.isCancelled {
            if let hint = buffer.withLock({ $0.take() }) { return hint }
            await bell.next()
        }
        return nil
    }
}
