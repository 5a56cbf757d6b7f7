import Synchronization

/// Tells the requests of a round that are not sent yet that they are not to be.
final class RoundSignal: Sendable {
    private let state = Mutex<ParkReason?>(nil)
    var reason: ParkReason? { state.withLock { $0 } }
    func park(_ reason: ParkReason) { state.withLock { $0 = $0 ?? reason } }
}
