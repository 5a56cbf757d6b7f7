import BatchCore
import Gates
import Testing

@Suite("A plan keeps both its risks for its very lot")
struct SamplingPlanTests {
    static func policy(
        _ plan: SamplePolicy.Plan, _ acceptable: Double = 0.01, _ rejectable: Double = 0.10, alpha: Double = 0.05,
        beta: Double = 0.10
    ) -> SamplePolicy {
        var policy = SamplePolicy()
        (policy.plan, policy.statedAcceptable, policy.rejectable) = (plan, acceptable, rejectable)
        (policy.alpha, policy.beta) = (alpha, beta)
        return policy
    }

    /// How many of a lot the two rates are, counted one by one.
    static func counts(_ policy: SamplePolicy, _ lot: Int) -> (acceptable: Int, rejectable: Int) {
        let shares = (0...lot).map { Double($0) / Double(lot) }
        return (shares.count { $0 <= policy.acceptable } - 1, shares.count { $0 < policy.rejectable })
    }

    static let rates = [(0.01, 0.10), (0, 0.05), (0.02, 0.05), (0.10, 0.30), (0.001, 0.5)]

    @Test("for lots of every size", arguments: SamplePolicy.Plan.allCases, rates)
    func risks(plan: SamplePolicy.Plan, rates: (Double, Double)) {
        for lot in Array(1...30) + [50, 99, 200, 500] {
            let policy = Self.policy(plan, rates.0, rates.1)
            let sampling = SamplingPlan(policy, lot: lot)
            let counts = Self.counts(policy, lot)
            guard counts.rejectable <= lot else { continue }
            let (good, bad) = (
                sampling.course(defective: counts.acceptable), sampling.course(defective: counts.rejectable)
            )
            #expect(good.rejection <= 0.05, "\(sampling)")
            #expect(bad.acceptance <= 0.10, "\(sampling)")
            // What is better or worse than promised is decided no worse.
            for defective in 0...lot {
                let course = sampling.course(defective: defective)
                #expect(abs(course.acceptance + course.rejection - 1) < 1e-9)
                if defective < counts.acceptable { #expect(course.rejection <= 0.05, "\(sampling)") }
                if defective > counts.rejectable { #expect(course.acceptance <= 0.10, "\(sampling)") }
            }
        }
    }

    @Test("the single plan is the smallest that does", arguments: rates)
    func smallest(rates: (Double, Double)) {
        for lot in [20, 60, 200] {
            let policy = Self.policy(.single, rates.0, rates.1)
            let counts = Self.counts(policy, lot)
            let plan = SamplingPlan(policy, lot: lot)
            for sample in 1..<plan.largestSample {
                for acceptance in 0..<sample {
                    let good = Hypergeometric(lot: lot, defective: counts.acceptable, sample: sample)
                    let bad = Hypergeometric(lot: lot, defective: counts.rejectable, sample: sample)
                    let keeps = good.atLeast(acceptance + 1) <= 0.05 && bad.atMost(acceptance) <= 0.10
                    #expect(!keeps, "\(sample) of \(lot) with \(acceptance) would have done, not \(plan)")
                }
            }
        }
    }

    @Test("known plans: a large lot is nearly a process, a small one is looked at whole")
    func known() {
        let large = SamplingPlan(Self.policy(.single), lot: 50_000)
        #expect(large.stages == [SamplingPlan.Stage(inspected: 52, acceptance: 2, rejection: 3)])
        let small = SamplingPlan(Self.policy(.single), lot: 9)
        #expect(small.isCensus && small.stages[0].acceptance == 0)
        #expect(SamplingPlan(Self.policy(.sequential), lot: 9).isCensus)
        #expect(SamplingPlan(Self.policy(.double), lot: 0).isCensus)
    }

    @Test("double and sequential plans look at fewer in a good lot than the single one, and always end")
    func cheaper() {
        for lot in [200, 1000, 5000] {
            let single = SamplingPlan(Self.policy(.single), lot: lot)
            let good = lot / 100
            for kind in [SamplePolicy.Plan.double, .sequential] {
                let plan = SamplingPlan(Self.policy(kind), lot: lot)
                #expect(plan.course(defective: good).averageSample < Double(single.largestSample), "\(plan)")
                let last = plan.stages[plan.stages.count - 1]
                #expect(last.rejection == last.acceptance + 1 && last.inspected <= lot)
            }
        }
    }
}

@Suite("10,000 shards of each plan are decided wrongly as often as was computed, and no more often than was stated")
struct MonteCarloTests {
    private static let shards = 10_000

    /// As many wrong decisions as 99 of 100 such runs have at the most, and at the least, if each is wrong with
    /// `probability`.
    private func range(_ probability: Double) -> ClosedRange<Int> {
        let distribution = Binomial(trials: Self.shards, rate: probability)
        let low = (0...Self.shards).first { distribution.atMost($0) > 0.005 } ?? 0
        let high = (low...Self.shards).first { distribution.atLeast($0 + 1) <= 0.005 } ?? Self.shards
        return low...high
    }

    @Test("at acceptable and at rejectable", arguments: SamplePolicy.Plan.allCases, [(0.01, 0.10), (0.02, 0.08)])
    func errors(plan kind: SamplePolicy.Plan, rates: (Double, Double)) {
        let policy = SamplingPlanTests.policy(kind, rates.0, rates.1)
        let lot = 200
        let plan = SamplingPlan(policy, lot: lot)
        let counts = SamplingPlanTests.counts(policy, lot)
        for (defective, wrong, stated) in [
            (counts.acceptable, LotInspection.Decision.rejected, policy.alpha),
            (counts.rejectable, .accepted, policy.beta),
        ] {
            let course = plan.course(defective: defective)
            let exact = wrong == .rejected ? course.rejection : course.acceptance
            var (errors, looks) = (0, 0)
            for shard in 1...Self.shards {
                var inspection = LotInspection(
                    plan, seed: LotInspection.seed(job: "\(kind) at \(defective)", shard: shard))
                while inspection.decision == nil {
                    // Positions are drawn: which ones are defective does not matter.
                    for position in inspection.next { inspection.record(position, isDefective: position < defective) }
                }
                if inspection.decision == wrong { errors += 1 }
                looks += inspection.inspected
            }
            let rate = Double(errors) / Double(Self.shards)
            let average = Double(looks) / Double(Self.shards)
            #expect(range(exact).contains(errors), "\(errors) wrong, \(exact) computed, \(plan)")
            // A measured rate may exceed what is computed by chance, and what is stated no further than that.
            #expect(exact <= stated && errors <= range(stated).upperBound, "\(rate) measured, \(stated) stated")
            #expect(abs(average - course.averageSample) < 1, "\(average) looked at, \(course.averageSample) computed")
        }
    }
}
