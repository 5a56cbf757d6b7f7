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
    /// A day's caps by the name of a lane.
    package var lanes: [String: Cap] = [:]
    /// A day's caps by the name of a model.
    package var models: [String: Cap] = [:]
    /// A day's caps of the users who deliver files.
    package var uids: [UInt32: Cap] = [:]
    /// The cap of a user who stands not in `uids`.
    package var everyUID = Cap()
    /// What users may have in processing/, by uid.
    package var shares: [UInt32: SpoolShare] = [:]
    /// The same of a user who stands not in `shares`.
    package var everyShare = SpoolShare()
    package var job = Cap()

    package init() {}

    /// No cap at all: for looking at a file without a word about money.
    package static var unlimited: BudgetPolicy {
        var policy = BudgetPolicy()
        policy.day = Cap()
        return policy
    }

    /// The configured cap of a scope; none where none is set.
    package func cap(of scope: CapScope) -> Cap {
        switch scope {
        case .day, .everyDay: day
        case .lane(let lane): lanes[lane] ?? Cap()
        case .model(let model): models[model] ?? Cap()
        case .uid(let uid): uids[uid] ?? everyUID
        case .job: job
        }
    }

    package func share(of uid: UInt32) -> SpoolShare { shares[uid] ?? everyShare }

    /// May any user have less in processing/ than there is room for?
    package var hasShares: Bool { ([everyShare] + shares.values).contains { $0 != SpoolShare() } }

    /// The refusal of a request that no day could pay for, however empty: it would wait for ever.
    /// - Parameters:
    ///   - models: those that may answer it; one whose cap can pay is enough.
    ///   - dayCap: the roomiest that a day has; a raised cap of today counts.
    package func refusalForEver(
        of worstCase: Amount, lane: String, models: [String], uid: UInt32, dayCap: Cap
    ) -> BudgetRefusal? {
        func refusal(_ scope: CapScope, _ cap: Cap) -> BudgetRefusal? {
            worstCase.fits(cap) ? nil : BudgetRefusal(scope: scope, cap: cap, committed: .zero, needed: worstCase)
        }
        let ofModels = models.map { refusal(.model($0), cap(of: .model($0))) }
        let ofModel = ofModels.contains(nil) ? nil : ofModels.first.flatMap(\.self)
        let others = [CapScope.job(""), .lane(lane), .uid(uid)].map { refusal($0, cap(of: $0)) }
        return (others + [ofModel, refusal(.everyDay, dayCap)]).lazy.compactMap(\.self).first
    }
}

/// What one user may have in processing/ at a time, parked jobs included; what is more waits in the inbox. nil: as much
/// as there is room for.
package struct SpoolShare: Equatable, Sendable {
    package var jobs: Int?
    /// Of their input.
    package var bytes: Int?

    package init(jobs: Int? = nil, bytes: Int? = nil) {
        self.jobs = jobs
        self.bytes = bytes
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
