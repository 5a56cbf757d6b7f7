import BatchCore
import TestSupport
import Testing

@testable import Gates

@Suite("A chart finds answers that have become worse, and seldom cries wolf")
struct DriftChartTests {
    private let cusum = BernoulliCUSUM(acceptable: 0.01, rejectable: 0.10, runLength: DriftChart.runLength)
    private static let start = CivilDate("2026-11-24")!

    private func day(_ number: Int) -> CivilDate { CivilDate(daysSinceEpoch: Self.start.daysSinceEpoch + number) }

    /// Answers until the sum reaches the threshold.
    private func run(at rate: Double, _ random: inout SeededGenerator) -> Int {
        var (sum, answers) = (0, 0)
        while sum < cusum.threshold {
            sum = cusum.sum(after: sum, checked: 1, defects: Double.random(in: 0..<1, using: &random) < rate ? 1 : 0)
            answers += 1
        }
        return answers
    }

    @Test(
        "run lengths are those of a linear system solved by somebody else",
        arguments: [
            // numpy.linalg.solve of the same recurrence: weight, threshold, rate, run length.
            (25, 100, 0.01, 446_278.999), (25, 100, 0.1, 65.90135447), (2, 5, 0.3, 285.72016461), (2, 3, 0.5, 12.0),
        ])
    func runLengths(weight: Int, threshold: Int, rate: Double, expected: Double) {
        let length = BernoulliCUSUM.runLength(weight: weight, threshold: threshold, rate: rate)
        #expect(abs(length / expected - 1) < 1e-8)
    }

    @Test("the threshold is the least that keeps the run length that was asked for")
    func threshold() {
        let asked = DriftChart.runLength
        #expect(cusum.runLength(at: 0.01) >= asked)
        #expect(BernoulliCUSUM.runLength(weight: cusum.weight, threshold: cusum.threshold - 1, rate: 0.01) < asked)
    }

    @Test("simulated, a bad rate is found after the computed number of answers, within five standard errors")
    func simulated() {
        var random = SeededGenerator(seed: 7)
        let runs = (0..<2000).map { _ in Double(run(at: 0.10, &random)) }
        let mean = runs.reduce(0, +) / Double(runs.count)
        let variance = runs.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(runs.count - 1)
        #expect(abs(mean - cusum.runLength(at: 0.10)) < 5 * (variance / Double(runs.count)).squareRoot())
    }

    @Test(
        "jobs of a good model leave a chart where it is; a slow decline is found; it comes back, and each is told once")
    func decline() {
        var chart = DriftChart(acceptable: 0.01, rejectable: 0.10)
        for number in 0..<20 {
            #expect(chart.add(day: day(number), checked: 1000, defects: 10) == nil)
        }
        var changes: [DriftChart.Change] = []
        // Within the limit of each day, and too much of it: 5 of 100 with 1 in 100 expected.
        for number in 20..<40 {
            if let change = chart.add(day: day(number), checked: 100, defects: 5) { changes.append(change) }
        }
        #expect(chart.days.suffix(20).allSatisfy { !$0.isOut } && changes.count == 1 && chart.isOut)
        guard case .left(let reason) = changes.first else { Issue.record("\(changes)"); return }
        #expect(reason.contains("CUSUM"))
        // Good is not perfect: every job has its defect.
        let back = (40..<45).compactMap { chart.add(day: day($0), checked: 100, defects: 1) }
        #expect(back == [.returned] && !chart.isOut)
    }

    @Test("one broken day is found by its limit, which is exact")
    func brokenDay() {
        var chart = DriftChart(acceptable: 0.01, rejectable: 0.10)
        #expect(chart.add(day: day(0), checked: 1000, defects: 10) == nil)
        guard case .left(let reason) = chart.add(day: day(1), checked: 50, defects: 5) else {
            Issue.record("five of fifty is not chance")
            return
        }
        #expect(reason.hasPrefix("5 of 50 answers of 2026-11-25 are defective"))
        // 1 - scipy.stats.binom.cdf(3, 50, 0.01) is 0.0016, of one more 0.00015.
        #expect(chart.days.last?.limit == 5 && chart.days.last?.base == 0.01)
        // A good answer takes one away, a defective one adds the weight less one; 10 of 1,000 come at equal distances.
        #expect(chart.days.map(\.sum).last == chart.sum && chart.days[0].sum == 0)
    }

    @Test("a clock that steps back counts for the newest day, and the window has an end")
    func window() {
        var chart = DriftChart(acceptable: 0.01, rejectable: 0.10)
        for number in 0..<200 { _ = chart.add(day: day(number), checked: 10, defects: 0) }
        _ = chart.add(day: day(3), checked: 7, defects: 0)
        #expect(chart.days.count == DriftChart.daysKept && chart.days.last?.checked == 17)
    }
}
