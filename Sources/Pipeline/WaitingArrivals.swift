import Spooling

/// An arrival that is not ready.
struct WaitingArrival: Sendable {
    var reason: String
    /// Time alone can make it ready.
    var settles: Bool
    var quiet: Quiet?
    /// The user whose other jobs it waits for.
    var user: UInt32?
}

/// The arrivals that wait, of which no more are kept than anybody reads. One that is not kept is found again by the
/// next scan of all names; one that only time holds back is kept in any case, or its time would never come.
struct WaitingArrivals {
    static let countMax = 100_000

    private(set) var byArrival: [Arrival: WaitingArrival] = [:]
    private let most: Int

    init(most: Int = countMax) {
        self.most = most
    }

    subscript(arrival: Arrival) -> WaitingArrival? {
        get { byArrival[arrival] }
        set {
            guard let waiting = newValue, byArrival[arrival] == nil, byArrival.count >= most, !waiting.settles else {
                byArrival[arrival] = newValue
                return
            }
        }
    }
}
