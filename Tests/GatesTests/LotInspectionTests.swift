import BatchCore
import Gates
import Testing

@Suite("An inspection looks at what its seed draws, and decides by its plan")
struct LotInspectionTests {
    private func inspection(
        _ plan: SamplePolicy.Plan = .single, lot: Int = 200, job: String = "job"
    ) -> LotInspection {
        var policy = SamplePolicy()
        policy.plan = plan
        return LotInspection(policy, lot: lot, seed: LotInspection.seed(job: job, shard: 7))
    }

    /// - Returns: the positions in the order in which they were looked at.
    private func finish(_ inspection: inout LotInspection, defective: (Int) -> Bool) -> [Int] {
        var seen: [Int] = []
        while inspection.decision == nil {
            for position in inspection.next {
                seen.append(position)
                inspection.record(position, isDefective: defective(position))
            }
        }
        return seen
    }

    @Test("each position at most once, the same for the same seed", arguments: SamplePolicy.Plan.allCases)
    func positions(plan: SamplePolicy.Plan) {
        var (one, same, other) = (inspection(plan), inspection(plan), inspection(plan, job: "other"))
        let seen = finish(&one) { $0 % 50 == 0 }
        #expect(Set(seen).count == seen.count && seen.allSatisfy { (0..<200).contains($0) })
        #expect(finish(&same) { $0 % 50 == 0 } == seen)
        #expect(finish(&other) { $0 % 50 == 0 } != seen)
        #expect(one.inspected == seen.count && one.defective == seen.count { $0 % 50 == 0 })
    }

    @Test("the order in which it is recorded does not matter", arguments: SamplePolicy.Plan.allCases)
    func order(plan: SamplePolicy.Plan) {
        for kept in [10, 20, 40, 1000] {
            var (forward, backward) = (inspection(plan), inspection(plan))
            let seen = Set(finish(&forward) { $0 % kept == 0 })
            while backward.decision == nil {
                let position = backward.next[backward.next.count - 1]
                backward.record(position, isDefective: position % kept == 0)
                #expect(seen.contains(position))
            }
            #expect(backward.decision == forward.decision && backward.inspected == forward.inspected)
        }
    }

    @Test("good lots are accepted, bad ones rejected", arguments: SamplePolicy.Plan.allCases)
    func decision(plan: SamplePolicy.Plan) {
        var (good, bad) = (inspection(plan), inspection(plan))
        _ = finish(&good) { _ in false }
        _ = finish(&bad) { _ in true }
        #expect(good.decision == .accepted && bad.decision == .rejected)
        #expect(good.next.isEmpty && bad.next.isEmpty)
    }

    @Test("a lot of none is decided at once, one of one by its answer")
    func smallest() {
        #expect(inspection(lot: 0).decision == .accepted)
        var (good, bad) = (inspection(lot: 1), inspection(lot: 1))
        #expect(finish(&good) { _ in false } == [0] && good.decision == .accepted)
        #expect(finish(&bad) { _ in true } == [0] && bad.decision == .rejected)
    }

    @Test("a sequential plan asks for no more at once than it needs in any case")
    func sequential() {
        var one = inspection(.sequential)
        while let position = one.next.first {
            let pending = one.next.count
            one.record(position, isDefective: false)
            if pending > 1 { #expect(one.decision == nil) }
        }
        #expect(one.decision == .accepted && one.inspected < one.plan.largestSample)
    }

    @Test("a known seed draws known positions: verdicts outlive a new version")
    func known() {
        var stream = DigestStream(LotInspection.seed(job: "job", shard: 7))
        let numbers = (0..<6).map { _ in stream.below(1000) }
        #expect(numbers == [965, 704, 852, 498, 940, 507])
    }
}
