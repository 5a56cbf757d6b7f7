/// What a cap is a cap of.
package enum CapScope: Hashable, Sendable, CustomStringConvertible {
    case day(CivilDate)
    case everyDay
    case lane(String)
    case model(String)
    /// The user who delivered the file.
    case uid(UInt32)
    case job(String)

    package var description: String {
        switch self {
        case .day(let day): "the day \(day)"
        case .everyDay: "a whole day"
        case .lane(let lane): "the lane \(lane)"
        case .model(let model): "the model \(model)"
        case .uid(let uid): "the uid \(uid)"
        case .job: "a job"
        }
    }
}

/// Why a cap refuses, with the sum that led to it. Where several refuse it is the tightest.
package struct BudgetRefusal: Error, Equatable, Sendable, CustomStringConvertible {
    package let scope: CapScope
    package let cap: Cap
    /// Spent, unknown and reserved under that cap.
    package let committed: Amount
    /// Kept for requests that have been passed too often (`MoneyLine`).
    package let kept: Amount
    package let needed: Amount

    package init(scope: CapScope, cap: Cap, committed: Amount, kept: Amount = .zero, needed: Amount) {
        self.scope = scope
        self.cap = cap
        self.committed = committed
        self.kept = kept
        self.needed = needed
    }

    /// The cap alone: the same for as long as it is the same.
    package var capDescription: String {
        let limits = [cap.usd.map(\.description), cap.tokens.map { "\($0) tokens" }].compactMap(\.self)
        return "the cap of \(scope), \(limits.joined(separator: ", "))"
    }

    /// Whether it is the limit in USD that cannot pay; that in tokens otherwise.
    package var isInMoney: Bool { cap.usd.map { committed.usd + kept.usd + needed.usd > $0 } ?? false }

    package var description: String {
        let forOthers = kept.isZero ? "" : isInMoney ? " + \(kept.usd) kept" : " + \(kept.tokens) kept"
        let sum =
            isInMoney
            ? "\(committed.usd) committed\(forOthers) + \(needed.usd) worst case > \(cap.usd ?? .zero) cap"
            : "\(committed.tokens) committed\(forOthers) + \(needed.tokens) worst-case tokens > \(cap.tokens ?? 0) cap"
        return "the cap of \(scope) cannot pay: \(sum)"
    }

    /// What part of the need is there; the cap with the least of it is the tightest. A comparison for words alone:
    /// whether a cap refuses is decided exactly.
    var cover: Double {
        func part(_ cap: Double?, _ committed: Double, _ needed: Double) -> Double {
            cap.map { needed > 0 ? ($0 - committed) / needed : $0 - committed } ?? .infinity
        }
        let taken = committed + kept
        return min(
            part(cap.usd.map { Double($0.picodollars) }, Double(taken.usd.picodollars), Double(needed.usd.picodollars)),
            part(cap.tokens.map(Double.init), Double(taken.tokens), Double(needed.tokens)))
    }
}
