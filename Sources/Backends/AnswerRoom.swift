import Synchronization

/// How much memory answers take together: what has come in of those that are not whole, and whole ones that somebody
/// still holds. Only the curl thread takes; whoever lets go of an answer gives back.
final class AnswerRoom: Sendable {
    private let limitBytes: Int
    private let wake: @Sendable () -> Void
    private let incoming = Atomic<Int>(0)
    private let held = Atomic<Int>(0)
    /// Transfers that stand still for want of room.
    private let waiting = Atomic<Int>(0)

    /// - Parameter wake: called on any thread when there is room again and somebody waits for it.
    init(limitBytes: Int, wake: @escaping @Sendable () -> Void) {
        self.limitBytes = limitBytes
        self.wake = wake
    }

    func hasRoom(for bytes: Int) -> Bool {
        incoming.load(ordering: .sequentiallyConsistent) + held.load(ordering: .sequentiallyConsistent) + bytes
            <= limitBytes
    }

    /// Do those who hold whole answers hold so much that it is worth waiting for them?
    var isMostlyHeld: Bool { held.load(ordering: .sequentiallyConsistent) > limitBytes / 2 }

    var waitingCount: Int { waiting.load(ordering: .relaxed) }

    func note(waiting count: Int) { waiting.store(count, ordering: .sequentiallyConsistent) }

    func take(_ bytes: Int) { incoming.add(bytes, ordering: .sequentiallyConsistent) }

    /// Of an answer that will not be.
    func giveBack(_ bytes: Int) { incoming.subtract(bytes, ordering: .sequentiallyConsistent) }

    /// The answer is whole, and leaves the curl thread.
    func handOver(_ bytes: Int) -> AnswerHold {
        held.add(bytes, ordering: .sequentiallyConsistent)
        giveBack(bytes)
        return AnswerHold(AnswerHold.Place(self, bytes))
    }

    fileprivate func letGo(_ bytes: Int) {
        held.subtract(bytes, ordering: .sequentiallyConsistent)
        if waiting.load(ordering: .sequentiallyConsistent) > 0 { wake() }
    }
}

/// The room that a whole answer takes: free again when the last copy of this is gone. It is no part of what an answer
/// says, so that any two are equal.
package struct AnswerHold: Equatable, Sendable {
    fileprivate final class Place: Sendable {
        private let room: AnswerRoom
        private let bytes: Int

        init(_ room: AnswerRoom, _ bytes: Int) {
            self.room = room
            self.bytes = bytes
        }

        deinit { room.letGo(bytes) }
    }

    private let place: Place?

    /// Of an answer that did not come over a network.
    package init() { place = nil }

    fileprivate init(_ place: Place) { self.place = place }

    package static func == (_: AnswerHold, _: AnswerHold) -> Bool { true }
}
