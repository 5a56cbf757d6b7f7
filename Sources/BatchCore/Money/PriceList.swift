/// What a model costs over time. Each attempt is priced by the time at which it begins.
package struct PriceList: Hashable, Sendable {
    package struct Change: Hashable, Sendable {
        package let from: Timestamp
        package let price: Price

        package init(from: Timestamp, price: Price) {
            self.from = from
            self.price = price
        }
    }

    /// In force until the first of the changes.
    package let first: Price
    /// Ascending by their times.
    package let changes: [Change]

    package init(_ first: Price, changes: [Change] = []) {
        self.first = first
        self.changes = changes
    }

    package func price(at time: Timestamp) -> Price {
        changes.last { $0.from <= time }?.price ?? first
    }

    /// The list from `time` on: what was in force before it is left out.
    package func asOf(_ time: Timestamp) -> PriceList {
        PriceList(price(at: time), changes: changes.filter { $0.from > time })
    }

    /// Is any image priced by itself, at any time?
    package var hasImagePrice: Bool { ([first] + changes.map(\.price)).contains { $0.image > .zero } }
}
