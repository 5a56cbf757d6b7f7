import BatchCore
import TestSupport

/// Random events on a budget and on its model, side by side: 64 jobs in 3 lanes, on 2 models, from 3 users, with
/// midnights in between.
struct BudgetRun {
    private var random: SeededGenerator
    private var budget: Budget
    private var model: BudgetModel
    private var today = CivilDate(daysSinceEpoch: 20_781)
    private var nextShard = 1

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
        var policy = BudgetPolicy()
        policy.job = random.once(in: 2) ? Cap(tokens: 150) : Cap()
        policy.lanes = ["a": Cap(usd: Amount.units(250).usd), "b": Cap(tokens: 200)]
        policy.models = ["m": Cap(tokens: 260)]
        policy.uids = [7: Cap(usd: Amount.units(220).usd)]
        policy.everyUID = random.once(in: 2) ? Cap(tokens: 180) : Cap()
        budget = Budget(policy: policy)
        model = BudgetModel(policy: policy)
        open(today)
    }

    private mutating func open(_ day: CivilDate) {
        let cap = Cap(
            usd: random.once(in: 3) ? nil : Amount.units(Int.random(in: 100...500, using: &random)).usd,
            tokens: Int.random(in: 100...500, using: &random))
        budget.open(day, cap: cap)
        model.dayCaps[day] = cap
    }

    /// - Returns: what is wrong after one more event; nil if nothing is.
    mutating func step() -> String? {
        let open = model.entries.indices.filter { model.entries[$0].isOpen }
        switch Int.random(in: 0..<10, using: &random) {
        case 0..<5: if let complaint = reserve() { return complaint }
        case 5..<9: if let index = open.randomElement(using: &random) { settle(index) }
        default:
            if random.once(in: 2) { raise() } else { turnDay() }
        }
        return complaint
    }

    private mutating func reserve() -> String? {
        let request = ReservationRequest(
            id: ReservationID(job: "job\(Int.random(in: 0..<64, using: &random))", shard: nextShard),
            lane: ["a", "b", "c"][Int.random(in: 0..<3, using: &random)],
            model: ["m", "n"][Int.random(in: 0..<2, using: &random)],
            uid: UInt32.random(in: 7...9, using: &random), round: 1)
        nextShard += 1
        let worstCases = (0..<Int.random(in: 1...5, using: &random)).map { _ in
            Amount.units(Int.random(in: 0...60, using: &random))
        }
        let expected = model.granted(worstCases, for: request, on: today)
        let sum = worstCases.prefix(expected).reduce(.zero, +)
        switch budget.reserve(worstCases, for: request, on: today) {
        case .granted(let granted, let count):
            guard count == expected, granted == sum else { return "granted \(count), the model \(expected)" }
            model.entries.append(
                .init(request: request, day: today, worstCase: sum, settlement: Settlement(open: sum)))
        case .refused(let refusal, let canChange):
            budget.stopWaiting(request.id)
            guard expected == 0 else { return "refused (\(refusal)), the model grants \(expected)" }
            guard canChange == model.couldPay(worstCases[0], for: request, on: today) else {
                return "canChange \(canChange) for \(refusal)"
            }
        }
        return nil
    }

    /// A part or the end: some of what is open is spent, some unknown, some free again, as with a server that keeps to
    /// the bound.
    private mutating func settle(_ index: Int) {
        let entry = model.entries[index]
        let open = entry.settlement.open.tokens
        let spent = Int.random(in: 0...open, using: &random)
        let unknown = Int.random(in: 0...(open - spent), using: &random)
        let rest = random.once(in: 2) ? 0 : Int.random(in: 0...(open - spent - unknown), using: &random)
        let settlement = Settlement(
            spent: entry.settlement.spent + .units(spent), unknown: entry.settlement.unknown + .units(unknown),
            open: .units(rest))
        budget.settle(entry.request.id, settlement, on: entry.day)
        if rest == 0 { budget.end(entry.request.id, on: entry.day) }
        model.entries[index].settlement = settlement
        model.entries[index].isOpen = rest > 0
    }

    private mutating func raise() {
        guard let before = model.dayCaps[today], let tokens = before.tokens else { return }
        let cap = Cap(usd: before.usd, tokens: tokens + Int.random(in: 0...100, using: &random))
        budget.setCap(cap, on: today)
        model.dayCaps[today] = cap
    }

    private mutating func turnDay() {
        today = CivilDate(daysSinceEpoch: today.daysSinceEpoch + 1)
        open(today)
    }

    private var complaint: String? {
        for (day, book) in budget.days {
            guard book.spent == model.spent(on: day), book.unknown == model.unknown(on: day),
                book.reserved == model.reserved(on: day)
            else { return "\(day): the figures differ: \(book)" }
            guard model.isWithin(book.committed, book.cap) else { return "\(day): \(book.committed) above \(book.cap)" }
            guard book.open.count == model.entries.count(where: { $0.isOpen && $0.day == day }) else {
                return "\(day): \(book.open.count) open"
            }
            for (scope, amount) in book.shares
            where amount != model.committed({ $0.day == day && model.falls($0.request, under: scope) }) {
                return "\(day): \(scope) has \(amount)"
            }
        }
        return nil
    }
}
