import Ledgers
import Synchronization

/// The first thing that went wrong where several work together. Nothing new starts from then on; what is in flight is
/// not given up, since its answers are paid for, and each that still reaches the disk is one less to be charged as
/// unknown.
final class Halt: Sendable {
    private let cause = Mutex<(any Error)?>(nil)

    var error: (any Error)? { cause.withLock { $0 } }
    var isHalted: Bool { cause.withLock { $0 != nil } }

    /// - Returns: true if it is the first.
    @discardableResult
    func note(_ error: any Error) -> Bool {
        cause.withLock { cause in
            if cause != nil { return false }
            cause = error
            return true
        }
    }
}

extension Services {
    /// Lets everybody who waits for its turn, for money or for a request of another shard look anew whether there is a
    /// reason to: what they wait for may never come.
    func wakeWaiting() async {
        turns.letGo()
        traffic.letGo()
        await ledger.wakeWaiting()
        await inFlight.wakeWaiting()
        await questionsInFlight.wakeWaiting()
    }
}
