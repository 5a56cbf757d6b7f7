import Synchronization

/// One call of `send` as both sides of the mailbox see it: the task that waits and the thread that works.
final class CurlAttempt: Sendable {
    let request: BackendRequest
    /// Set by the waiting task. A flag and not only a message, because the cancellation may overtake the attempt on
    /// its way into the mailbox.
    let isCancelled = Atomic(false)

    init(_ request: BackendRequest) {
        self.request = request
    }
}
