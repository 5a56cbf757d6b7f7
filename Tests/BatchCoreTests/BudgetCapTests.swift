import BatchCore
import Glibc
import Testing

@Suite("Spent + reserved + unknown never exceeds a cap")
struct BudgetCapTests {
    @Test("in any order of events, in money and in tokens, for day, lane, model, user and job")
    func anyOrder() {
        let seeds: UInt64 = getenv("BOBBIN_LONG") == nil ? 2000 : 100_000
        for seed in 0..<seeds {
            var run = BudgetRun(seed: seed)
            for step in 0..<30 {
                if let complaint = run.step() {
                    Issue.record("seed \(seed), step \(step): \(complaint)")
                    return
                }
            }
        }
    }

    @Test("as many requests as fit are granted, from the front, and never a smaller one")
    func prefix() {
        var budget = Self.budget(cap: .units(100))
        let decision = budget.reserve(
            [.units(40), .units(50), .units(11), .units(1)], for: Self.request(1), on: Self.day)
        #expect(decision == .granted(.units(90), count: 2))
        #expect(budget.days[Self.day]?.reserved == .units(90))
    }

    @Test("the refusal names the cap, what is committed under it and what was asked for")
    func refusal() {
        var budget = Self.budget(cap: .units(100))
        _ = budget.reserve([.units(60)], for: Self.request(1), on: Self.day)
        guard case .refused(let refusal, _) = budget.reserve([.units(41)], for: Self.request(2), on: Self.day) else {
            Issue.record("granted above the cap")
            return
        }
        #expect(refusal.scope == .day(Self.day) && refusal.cap == Cap(usd: Amount.units(100).usd, tokens: 100))
        #expect(refusal.committed == .units(60) && refusal.needed == .units(41))
        #expect(
            refusal.description
                == "the cap of the day 2026-11-24 cannot pay: $0.00006 committed + $0.000041 worst case > $0.0001 cap")
        #expect(budget.days[Self.day]?.committed == .units(60))
    }

    @Test("a cap on tokens alone refuses in tokens, and says so")
    func tokensOnly() {
        var budget = Budget(policy: BudgetPolicy())
        budget.open(Self.day, cap: Cap(tokens: 100))
        _ = budget.reserve([.units(60)], for: Self.request(1), on: Self.day)
        guard case .refused(let refusal, _) = budget.reserve([.units(41)], for: Self.request(2), on: Self.day) else {
            Issue.record("granted above the cap")
            return
        }
        #expect(refusal.description.hasSuffix("60 committed + 41 worst-case tokens > 100 cap"))
    }

    @Test("without a cap there is none: not even a billion dollars that a server has claimed")
    func noCap() {
        var budget = Budget(policy: BudgetPolicy())
        budget.open(Self.day, cap: Cap())
        _ = budget.reserve([.units(1)], for: Self.request(1), on: Self.day)
        budget.settle(
            Self.request(1).id, Settlement(spent: Amount(usd: .limit + .limit, tokens: 1)), on: Self.day)
        #expect(budget.reserve([.units(1)], for: Self.request(2), on: Self.day) == .granted(.units(1), count: 1))
    }

    @Test("what a server charged above the bound is booked, and stops the next")
    func overcharged() {
        var budget = Self.budget(cap: .units(100))
        _ = budget.reserve([.units(60)], for: Self.request(1), on: Self.day)
        budget.settle(Self.request(1).id, Settlement(spent: .units(130)), on: Self.day)
        #expect(budget.days[Self.day]?.spent == .units(130))
        #expect(budget.refusal(of: .units(1), for: Self.request(2), on: Self.day)?.committed == .units(130))
    }

    @Test("the cap of a job goes on after midnight, that of a lane begins anew")
    func midnight() {
        var policy = BudgetPolicy()
        policy.job = Cap(tokens: 100)
        policy.lanes = ["a": Cap(tokens: 80)]
        var budget = Budget(policy: policy)
        let tomorrow = CivilDate(daysSinceEpoch: Self.day.daysSinceEpoch + 1)
        for day in [Self.day, tomorrow] { budget.open(day, cap: Cap(tokens: 1000)) }
        #expect(budget.reserve([.units(80)], for: Self.request(1), on: Self.day) == .granted(.units(80), count: 1))
        let second = budget.reserve([.units(20), .units(1)], for: Self.request(2), on: tomorrow)
        #expect(second == .granted(.units(20), count: 1))
        #expect(budget.refusal(of: .units(1), for: Self.request(3), on: tomorrow)?.scope == .job("job"))
    }

    @Test("the tightest of the caps that refuse is named; of two alike the wider")
    func tightest() {
        var policy = BudgetPolicy()
        policy.lanes = ["a": Cap(tokens: 60)]
        policy.models = ["m": Cap(tokens: 50)]
        policy.uids = [7: Cap(tokens: 70)]
        policy.job = Cap(tokens: 50)
        var budget = Budget(policy: policy)
        budget.open(Self.day, cap: Cap(tokens: 65))
        #expect(budget.refusal(of: .units(80), for: Self.request(1), on: Self.day)?.scope == .model("m"))
        budget.policy.models = [:]
        #expect(budget.refusal(of: .units(80), for: Self.request(1), on: Self.day)?.scope == .job("job"))
        budget.policy.job = Cap()
        #expect(budget.refusal(of: .units(62), for: Self.request(1), on: Self.day)?.scope == .lane("a"))
    }

    @Test("nobody waits for money that would not be enough if all of it were freed")
    func hopeless() {
        var budget = Self.budget(cap: .units(100))
        _ = budget.reserve([.units(60)], for: Self.request(1), on: Self.day)
        func canChange() -> Bool? {
            guard case .refused(_, let canChange) = budget.reserve([.units(50)], for: Self.request(2), on: Self.day)
            else { return nil }
            return canChange
        }
        #expect(canChange() == true)
        budget.settle(Self.request(1).id, Settlement(spent: .units(51), open: .units(9)), on: Self.day)
        #expect(canChange() == false)
    }

    @Test("more than a cap can ever hold is refused for ever, with the cap that is in the way")
    func forEver() {
        var policy = BudgetPolicy()
        policy.job = Cap(tokens: 50)
        policy.lanes = ["a": Cap(tokens: 40)]
        let day = Cap(tokens: 30)
        policy.models = ["m": Cap(tokens: 20)]
        policy.uids = [7: Cap(tokens: 35)]
        func scope(of units: Int, models: [String] = ["n"], uid: UInt32 = 8) -> CapScope? {
            policy.refusalForEver(of: .units(units), lane: "a", models: models, uid: uid, dayCap: day)?.scope
        }
        #expect(scope(of: 60) == .job(""))
        #expect(scope(of: 45) == .lane("a"))
        #expect(scope(of: 36, uid: 7) == .uid(7))
        #expect(scope(of: 31) == .everyDay)
        #expect(scope(of: 30) == nil)
        #expect(scope(of: 21, models: ["m"]) == .model("m"))
        #expect(scope(of: 21, models: ["m", "n"]) == nil, "another model of the route can pay")
    }

    @Test("an id reserves again after its end, and what it cost stays")
    func again() {
        var budget = Self.budget(cap: .units(100))
        _ = budget.reserve([.units(60)], for: Self.request(1), on: Self.day)
        budget.settle(Self.request(1).id, Settlement(spent: .units(50)), on: Self.day)
        budget.end(Self.request(1).id, on: Self.day)
        #expect(budget.reserve([.units(50)], for: Self.request(1), on: Self.day) == .granted(.units(50), count: 1))
        #expect(budget.days[Self.day]?.committed == .units(100))
    }

    private static let day = CivilDate(daysSinceEpoch: 20_781)

    private static func budget(cap: Amount) -> Budget {
        var budget = Budget(policy: BudgetPolicy())
        budget.open(day, cap: Cap(usd: cap.usd, tokens: cap.tokens))
        return budget
    }

    private static func request(_ shard: Int) -> ReservationRequest {
        ReservationRequest(id: ReservationID(job: "job", shard: shard), lane: "a", model: "m", uid: 7, round: 1)
    }
}
