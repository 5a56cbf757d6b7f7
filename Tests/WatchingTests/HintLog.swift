import Synchronization
import SystemPackage

@testable import Watching

/// What was delivered so far. Waiting is for the event itself; the time limit of the suite is the deadline.
final class HintLog: Sendable {
    private struct State {
        var hints: [Hint] = []
        var known: Set<Hint> = []
    }

    private let state = Mutex(State())
    private let bell: AsyncStream<Void>
    private let ring: AsyncStream<Void>.Continuation

    init() {
        (bell, ring) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    func add(_ hint: Hint) {
        state.withLock {
            $0.hints.append(hint)
            $0.known.insert(hint)
        }
        ring.yield()
    }

    var all: [Hint] { state.withLock { $0.hints } }

    func has(_ hint: Hint) -> Bool { state.withLock { $0.known.contains(hint) } }

    func forget() { state.withLock { $0 = State() } }

    /// One at a time.
    func wait(for hint: Hint) async throws {
        var bell = bell.makeAsyncIterator()
        while !has(hint) {
            guard await bell.next() != nil else {
                throw NeverCame(description: "\(hint), had \(all.suffix(20))")
            }
        }
    }

    func wait(for reason: ScanReason) async throws { try await wait(for: .scan(reason)) }

    func wait(forLookAt name: String, in directory: FilePath) async throws {
        try await wait(for: .look(directory: directory, name: Array(name.utf8)))
    }
}
