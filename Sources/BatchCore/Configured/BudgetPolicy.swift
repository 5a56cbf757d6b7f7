/// HOW MUCH: the caps of budget.toml.
package struct BudgetPolicy: Equatable, Sendable {
    package enum Exhaustion: String, Sendable {
        case park, reject
    }

    /// An IANA time zone name; a day of the budget is a day of this zone.
    package var timeZone = "UTC"
    package var whenExhausted = Exhaustion.park
    /// Shares of the day's cap at which a notification is due, ascending, each above 0 and at most 1.
    package var thresholds: [Double] = [0.5, 0.8, 1.0]
    /// A cap is always there: without one in budget.toml a day may cost ten dollars, an amount that a mistake may cost.
    package var day = Cap(usd: Money(picodollars: 10_000_000_000_000))
    package var lanes: [String: Cap] = [:]
    package var job = Cap()

    package init() {}

    /// No cap at all: for looking at a file without a word about money.
    package static var unlimited: BudgetPolicy {
        var policy = BudgetPolicy()
        policy.day = Cap()
        return policy
    }

    /// The refusal of a request that no day could pay for, however empty: it would wait for ever.
    /// - Parameter dayCap: the roomiest that a day has; a raised cap of today counts.
    package func refusalForEver(of worstCase: Amount, lane: String, dayCap: Cap) -> BudgetRefusal? {
        let caps: [(BudgetRefusal.Scope, Cap)] = [
            (.job(""), job), (.lane(lane), lanes[lane] ?? Cap()), (.everyDay, dayCap),
        ]
        return caps.first { !worstCase.fits($0.1) }
            .map { BudgetRefusal(scope: $0.0, cap: $0.1, committed: .zero, needed: worstCase) }
    }
}

/// An upper limit in money, in tokens, in both or in neither (nil).
package struct Cap: Equatable, Sendable {
    package var usd: Money?
    package var tokens: Int?

    package init(usd: Money? = nil, tokens: Int? = nil) {
        self.usd = usd
        self.tokens = tokens
    }
}
