/// An exact amount of US dollars: an integer number of picodollars (1e-12 USD), never a floating-point number.
///
/// 128 bits hold the product of any 64-bit token count with any 64-bit price, so that arithmetic on amounts that
/// `init(decimal:)` accepts cannot overflow; if it ever did, Swift traps rather than wraps.
package struct Money: Hashable, Comparable, Sendable {
    package let picodollars: Int128

    package init(picodollars: Int128) {
        self.picodollars = picodollars
    }

    package static let zero = Money(picodollars: 0)

    /// The largest amount that a person can state, in a configuration or a command: a billion dollars.
    package static let limit = Money(picodollars: 1_000_000_000 * picodollarsPerDollar)

    private static let picodollarsPerDollar: Int128 = 1_000_000_000_000
    private static let fractionDigits = 12
    /// 24 digits of dollars and 12 of fraction stay below the 38 digits of 128 bits.
    private static let wholeDigits = 24

    /// Reads a decimal string such as `25.00` or `0.0123`: digits, at most one point, at most 12 digits behind it.
    /// - Returns: nil for anything else (a sign, an exponent, a thirteenth digit, an amount above `limit`): an amount
    ///   that cannot be held exactly is refused, never rounded.
    package init?(decimal text: some StringProtocol) {
        self.init(recorded: text)
        guard self <= .limit else { return nil }
    }

    /// The same for an amount in our own records, which may be above `limit`: what a server claims is booked in full,
    /// and a record that could be written but not read would close the books for ever.
    package init?(recorded text: some StringProtocol) {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let whole = String(parts[0])
        let fraction = parts.count == 2 ? String(parts[1]) : "0"
        guard !whole.isEmpty, !fraction.isEmpty, whole.utf8.count <= Self.wholeDigits,
            fraction.utf8.count <= Self.fractionDigits,
            [whole, fraction].allSatisfy({ $0.utf8.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 } }),
            let dollars = Int128(whole),
            let part = Int128(fraction + String(repeating: "0", count: Self.fractionDigits - fraction.utf8.count))
        else { return nil }
        self.init(picodollars: dollars * Self.picodollarsPerDollar + part)
    }

    /// The exact amount with as few digits as it needs: `0`, `25`, `0.0123`. `init(decimal:)` reads it back.
    package var decimal: String {
        let magnitude = picodollars.magnitude
        let (dollars, rest) = magnitude.quotientAndRemainder(dividingBy: Self.picodollarsPerDollar.magnitude)
        let sign = picodollars < 0 ? "-" : ""
        guard rest > 0 else { return "\(sign)\(dollars)" }
        let digits = String(rest)
        var fraction = String(repeating: "0", count: Self.fractionDigits - digits.utf8.count) + digits
        while fraction.last == "0" { fraction.removeLast() }
        return "\(sign)\(dollars).\(fraction)"
    }

    /// The share `numerator / denominator` of the amount, rounded up: a guard that rounds must round against itself.
    package func scaledUp(by numerator: Int, over denominator: Int) -> Money {
        precondition(numerator >= 0 && denominator > 0, "a share is a number from 0 up")
        let product = picodollars * Int128(numerator)
        let (quotient, rest) = product.quotientAndRemainder(dividingBy: Int128(denominator))
        return Money(picodollars: quotient + (rest > 0 ? 1 : 0))
    }

    package static func < (left: Money, right: Money) -> Bool { left.picodollars < right.picodollars }
    package static func + (left: Money, right: Money) -> Money {
        Money(picodollars: left.picodollars + right.picodollars)
    }
    package static func - (left: Money, right: Money) -> Money {
        Money(picodollars: left.picodollars - right.picodollars)
    }
    package static func += (left: inout Money, right: Money) { left = left + right }
    package static func -= (left: inout Money, right: Money) { left = left - right }

    /// An amount a token, times tokens.
    package static func * (tokens: Int, price: Money) -> Money {
        Money(picodollars: Int128(tokens) * price.picodollars)
    }
}

extension Money: CustomStringConvertible {
    /// For people: `$0.0123`, with at least two decimals.
    package var description: String {
        let exact = decimal
        guard let point = exact.firstIndex(of: ".") else { return "$\(exact).00" }
        return exact.distance(from: point, to: exact.endIndex) == 2 ? "$\(exact)0" : "$\(exact)"
    }
}
