import BatchCore
import Testing

@Suite("Who waits for money that may be freed is passed by at most 16 others")
struct MoneyLineTests {
    private static let day = CivilDate(daysSinceEpoch: 20_781)

    private func request(_ shard: Int, lane: String = "a", job: String = "job") -> ReservationRequest {
        ReservationRequest(id: ReservationID(job: job, shard: shard), lane: lane, model: "m", uid: 7, round: 1)
    }

    /// A day of 100 of which one reservation has 60 open.
    private func busyDay() -> Budget {
        var budget = Budget(policy: BudgetPolicy())
        budget.open(Self.day, cap: Cap(tokens: 100))
        _ = budget.reserve([.units(60)], for: request(0, job: "other"), on: Self.day)
        return budget
    }

    /// Reserves one unit and gives all of it back, until it is refused.
    private func passes(_ budget: inout Budget, lane: String = "a", atMost most: Int = 100) -> Int {
        for count in 0..<most {
            let small = request(count + 100, lane: lane, job: "small")
            guard case .granted = budget.reserve([.units(1)], for: small, on: Self.day) else { return count }
            budget.settle(small.id, Settlement(), on: Self.day)
            budget.end(small.id, on: Self.day)
        }
        return most
    }

    private func isRefused(_ budget: inout Budget, _ worst: Int, _ shard: Int) -> Bool {
        guard case .refused(_, canChange: true) = budget.reserve([.units(worst)], for: request(shard), on: Self.day)
        else { return false }
        return true
    }

    @Test("small ones pass a large one 16 times, then they wait for it")
    func bound() {
        var budget = busyDay()
        #expect(isRefused(&budget, 50, 1))
        #expect(passes(&budget) == 16)
        let refusal = budget.refusal(of: .units(1), for: request(2), on: Self.day)
        #expect(refusal?.kept == .units(50) && refusal?.committed == .units(60))
        #expect(refusal?.description.contains("60 committed + 50 kept + 1 worst-case tokens > 100 cap") == true)
        budget.settle(request(0, job: "other").id, Settlement(), on: Self.day)
        #expect(budget.reserve([.units(50)], for: request(1), on: Self.day) == .granted(.units(50), count: 1))
        #expect(budget.refusal(of: .units(50), for: request(2), on: Self.day) == nil)
    }

    @Test("what fits beside it is not refused")
    func beside() {
        var budget = busyDay()
        #expect(isRefused(&budget, 50, 1))
        _ = passes(&budget)
        budget.setCap(Cap(tokens: 111), on: Self.day)
        #expect(passes(&budget, atMost: 20) == 20, "60 + 50 + 1 fit under 111")
    }

    @Test("nothing is kept for who gave up, or can no longer be paid")
    func gaveUp() {
        var budget = busyDay()
        #expect(isRefused(&budget, 50, 1))
        #expect(passes(&budget) == 16)
        budget.stopWaiting(request(1).id)
        #expect(passes(&budget, atMost: 20) == 20)

        #expect(isRefused(&budget, 50, 1))
        #expect(passes(&budget) == 16)
        budget.settle(request(0, job: "other").id, Settlement(spent: .units(60)), on: Self.day)
        #expect(
            budget.reserve([.units(50)], for: request(1), on: Self.day)
                == .refused(
                    BudgetRefusal(
                        scope: .day(Self.day), cap: Cap(tokens: 100), committed: .units(60), needed: .units(50)),
                    canChange: false))
        #expect(passes(&budget, atMost: 20) == 20)
    }

    @Test("of two that were passed too often the first to come goes first")
    func two() {
        var budget = busyDay()
        #expect(isRefused(&budget, 50, 1) && isRefused(&budget, 45, 2))
        #expect(passes(&budget) == 16)
        #expect(isRefused(&budget, 45, 2) && isRefused(&budget, 50, 1))
        budget.settle(request(0, job: "other").id, Settlement(open: .units(50)), on: Self.day)
        #expect(isRefused(&budget, 45, 2), "50 are kept for the first")
        #expect(budget.reserve([.units(50)], for: request(1), on: Self.day) == .granted(.units(50), count: 1))
    }

    @Test("it holds up nobody under other caps")
    func otherCaps() {
        var policy = BudgetPolicy()
        policy.lanes = ["a": Cap(tokens: 50)]
        var budget = Budget(policy: policy)
        budget.open(Self.day, cap: Cap(tokens: 1000))
        _ = budget.reserve([.units(40)], for: request(0, job: "other"), on: Self.day)
        #expect(isRefused(&budget, 20, 1))
        #expect(passes(&budget, lane: "a") == 16)
        #expect(passes(&budget, lane: "b", atMost: 50) == 50)
    }
}
