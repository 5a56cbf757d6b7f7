import BatchCore
import Gates
import Testing

@Suite("A plan says in a report how much is looked at, and what is let pass")
struct PlanWordsTests {
    private func words(_ plan: SamplePolicy.Plan, lot: Int, rejectable: Double = 0.1) -> String {
        var policy = SamplePolicy()
        policy.plan = plan
        policy.rejectable = rejectable
        return SamplingPlan(policy, lot: lot).words
    }

    @Test("each kind")
    func kinds() {
        #expect(words(.single, lot: 5) == "all of 5, accepted with no defect")
        #expect(words(.single, lot: 200).hasPrefix("single: "))
        #expect(words(.single, lot: 200).contains(" of 200, accepted with "))
        #expect(words(.double, lot: 200).hasPrefix("double: ") && words(.double, lot: 200).contains(", then "))
        #expect(words(.sequential, lot: 200).hasPrefix("sequential: at most "))
    }
}
