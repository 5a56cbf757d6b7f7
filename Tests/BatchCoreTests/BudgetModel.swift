import BatchCore

/// A budget that is too simple to be wrong: a list of reservations, and every figure is a sum over all of it.
struct BudgetModel {
    struct Entry {
        let request: ReservationRequest
        let day: CivilDate
        let worstCase: Amount
        var settlement: Settlement
        var isOpen = true
    }

    var entries: [Entry] = []
    var dayCaps: [CivilDate: Cap] = [:]
    var policy: BudgetPolicy

    init(policy: BudgetPolicy) {
        self.policy = policy
    }

    func committed(_ include: (Entry) -> Bool) -> Amount {
        entries.reduce(.zero) { include($1) ? $0 + $1.settlement.committed : $0 }
    }

    func spent(on day: CivilDate) -> Amount { sum(on: day, \.spent) }
    func unknown(on day: CivilDate) -> Amount { sum(on: day, \.unknown) }
    func reserved(on day: CivilDate) -> Amount { sum(on: day, \.open) }

    private func sum(on day: CivilDate, _ part: KeyPath<Settlement, Amount>) -> Amount {
        entries.reduce(.zero) { $1.day == day ? $0 + $1.settlement[keyPath: part] : $0 }
    }

    /// How many of the requests fit, one after the other.
    func granted(_ worstCases: [Amount], for request: ReservationRequest, on day: CivilDate) -> Int {
        var sum = Amount.zero
        for (index, worstCase) in worstCases.enumerated() {
            sum += worstCase
            let ofDay = committed { $0.day == day }
            let ofLane = committed { $0.day == day && $0.request.lane == request.lane }
            let ofModel = committed { $0.day == day && $0.request.model == request.model }
            let ofUID = committed { $0.day == day && $0.request.uid == request.uid }
            let ofJob = committed { $0.request.id.job == request.id.job }
            guard isWithin(ofDay + sum, dayCaps[day] ?? Cap()), isWithin(ofJob + sum, policy.job),
                isWithin(ofLane + sum, policy.lanes[request.lane] ?? Cap()),
                isWithin(ofModel + sum, policy.models[request.model] ?? Cap()),
                isWithin(ofUID + sum, policy.uids[request.uid] ?? policy.everyUID)
            else { return index }
        }
        return worstCases.count
    }

    /// Would one request fit if everything that is open were freed?
    func couldPay(_ worstCase: Amount, for request: ReservationRequest, on day: CivilDate) -> Bool {
        var freed = self
        for index in freed.entries.indices { freed.entries[index].settlement.open = .zero }
        return freed.granted([worstCase], for: request, on: day) == 1
    }

    func falls(_ request: ReservationRequest, under scope: CapScope) -> Bool {
        switch scope {
        case .lane(let lane): request.lane == lane
        case .model(let model): request.model == model
        case .uid(let uid): request.uid == uid
        default: false
        }
    }

    func isWithin(_ amount: Amount, _ cap: Cap) -> Bool {
        if let usd = cap.usd, amount.usd.picodollars > usd.picodollars { return false }
        if let tokens = cap.tokens, amount.tokens > tokens { return false }
        return true
    }
}

extension Amount {
    /// So many millionths of a dollar, and as many tokens.
    static func units(_ count: Int) -> Amount {
        Amount(usd: Money(picodollars: Int128(count) * 1_000_000), tokens: count)
    }
}
