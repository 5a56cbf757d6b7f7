/// A share of a route's lines that a new model is tried on.
package struct Trial: Equatable, Sendable {
    /// Not on the list of the route; what is tried on it goes to that list where it cannot serve.
    package var model: String
    /// Above 0 and below 1.
    package var share: Double

    package init(model: String, share: Double) {
        self.model = model
        self.share = share
    }

    /// Which requests of a route are its share: pure of the route's name and the request's key, so that a request goes
    /// the same way each time, on every host, and a larger share takes all that a smaller one took.
    package struct Side: Sendable {
        private let salt: UInt64
        private let limit: UInt64

        package init(of trial: Trial, on route: String) {
            var hash = FNV1a()
            for byte in route.utf8 { hash.add(byte) }
            salt = hash.value
            limit = UInt64(trial.share * 0x1p64)
        }

        /// - Parameter key: the one that the request has where there is no trial.
        package func takes(_ key: RequestKey) -> Bool { key.digest.prefix ^ salt < limit }
    }
}

/// In which order the models of a route are tried.
package enum RouteOrder: String, Sendable, CaseIterable {
    case stated
    /// By the worst case of the request at the price of now; of equal ones as stated.
    case cheapest
}
