import CCurl
import Synchronization

/// Where tasks leave their wishes for the curl thread.
final class CurlMailbox: Sendable {
    struct Start: Sendable {
        let attempt: CurlAttempt
        let continuation: CheckedContinuation<BackendResult, Never>
    }

    struct Wishes: Sendable {
        var starts: [Start] = []
        var cancellations: [CurlAttempt] = []
        var close = false

        var isEmpty: Bool { starts.isEmpty && cancellations.isEmpty && !close }
    }

    private struct State {
        var wishes = Wishes()
        var isClosed = false
    }

    private let state = Mutex(State())
    private let multi: CurlMulti
    /// How often the thread looked in here: at least once a second while it is well.
    let turns = Atomic<UInt64>(0)

    init(multi: CurlMulti) {
        self.multi = multi
    }

    /// - Returns: false if nobody will look in here any more; the caller still owns the continuation then.
    func start(_ start: Start) -> Bool {
        leave { $0.starts.append(start) }
    }

    func cancel(_ attempt: CurlAttempt) {
        attempt.isCancelled.store(true, ordering: .sequentiallyConsistent)
        // Closed: the thread ends every attempt anyway.
        _ = leave { $0.cancellations.append(attempt) }
    }

    /// Lets the thread look round.
    func wake() {
        state.withLock { state in
            if !state.isClosed { curl_multi_wakeup(multi.pointer) }
        }
    }

    func close() {
        state.withLock { state in
            guard !state.isClosed else { return }
            state.wishes.close = true
            state.isClosed = true
            curl_multi_wakeup(multi.pointer)
        }
    }

    /// One turn of the thread. After a `close` nothing can come in any more.
    func take() -> Wishes {
        turns.wrappingAdd(1, ordering: .relaxed)
        return state.withLock { state in
            let wishes = state.wishes
            state.wishes = Wishes()
            return wishes
        }
    }

    private func leave(_ wish: (inout Wishes) -> Void) -> Bool {
        state.withLock { state in
            guard !state.isClosed else { return false }
            let wasEmpty = state.wishes.isEmpty
            wish(&state.wishes)
            // Under the lock, so that no wake-up meets a multi handle that is cleaned up; the first wish is enough.
            if wasEmpty { curl_multi_wakeup(multi.pointer) }
            return true
        }
    }
}

/// libcurl's multi handle.
// @unchecked: only `curl_multi_wakeup`, which libcurl allows from any thread, is called outside the curl thread, and
// never after the mailbox was closed; the curl thread cleans the handle up after that.
struct CurlMulti: @unchecked Sendable {
    let pointer: UnsafeMutableRawPointer
}
