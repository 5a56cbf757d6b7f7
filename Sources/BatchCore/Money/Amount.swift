/// Money and tokens, which are always set aside and booked together.
package struct Amount: Hashable, Sendable {
    package var usd: Money
    package var tokens: Int

    package init(usd: Money, tokens: Int) {
        self.usd = usd
        self.tokens = tokens
    }

    package static let zero = Amount(usd: .zero, tokens: 0)

    package var isZero: Bool { self == .zero }

    /// Is `other` no larger, in money and in tokens?
    package func covers(_ other: Amount) -> Bool { other.usd <= usd && other.tokens <= tokens }

    /// Is it within `cap`, in money and in tokens?
    package func fits(_ cap: Cap) -> Bool {
        (cap.usd.map { usd <= $0 } ?? true) && (cap.tokens.map { tokens <= $0 } ?? true)
    }

    package static func + (left: Amount, right: Amount) -> Amount {
        Amount(usd: left.usd + right.usd, tokens: left.tokens + right.tokens)
    }
    package static func - (left: Amount, right: Amount) -> Amount {
        Amount(usd: left.usd - right.usd, tokens: left.tokens - right.tokens)
    }
    package static func += (left: inout Amount, right: Amount) { left = left + right }
    package static func -= (left: inout Amount, right: Amount) { left = left - right }

    /// Never below zero, in either: what is left of a reservation after a server that charged more than the bound.
    package var clamped: Amount { Amount(usd: max(usd, .zero), tokens: max(tokens, 0)) }
}
