/// A share that is taken off a price, exactly: a decimal number from 0 up to, but not, 1.
package struct Discount: Hashable, Sendable {
    /// What is left of the price: `left / whole`.
    private let left: Int128
    private let whole: Int128

    /// Reads `0.5`; nil for anything that is no such number, or has more than 12 decimals.
    package init?(decimal text: String) {
        guard let share = Money(decimal: text), share.picodollars < Self.one else { return nil }
        left = Self.one - share.picodollars
        whole = Self.one
    }

    /// As many parts as a dollar has picodollars, so that a share reads as an amount does.
    private static let one: Int128 = 1_000_000_000_000

    /// - Returns: nil if that is no whole number of picodollars.
    package func taken(from price: Money) -> Money? {
        // At most 1e21 picodollars times 1e12 parts: within 128 bits.
        let (quotient, rest) = (price.picodollars * left).quotientAndRemainder(dividingBy: whole)
        return rest == 0 ? Money(picodollars: quotient) : nil
    }
}
