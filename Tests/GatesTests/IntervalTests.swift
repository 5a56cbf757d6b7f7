import Gates
import Testing

@Suite("An interval covers the true share with its confidence at least")
struct IntervalTests {
    @Test(
        "Clopper and Pearson's, against quantiles of the beta distribution",
        arguments: [
            (1, 20, 0.95, 0.0012650894979498047, 0.24873276277202777),
            (7, 38, 0.95, 0.0774268518388488, 0.34326199431092114), (0, 20, 0.95, 0, 0.1684334709830853),
            (120, 1000, 0.99, 0.0948980509653902, 0.1488010840805138),
        ])
    func published(defective: Int, sample: Int, confidence: Double, lower: Double, upper: Double) {
        let interval = Interval(defective: defective, of: sample, confidence: confidence)
        #expect(abs(interval.lower - lower) < 1e-11, "\(interval)")
        #expect(abs(interval.upper - upper) < 1e-11, "\(interval)")
    }

    @Test("of a finite lot, for every number of defective ones in it", arguments: [0.80, 0.95, 0.99])
    func finite(confidence: Double) {
        let (lot, sample) = (60, 17)
        for defective in 0...lot {
            let distribution = Hypergeometric(lot: lot, defective: defective, sample: sample)
            let covered = distribution.range.filter { found in
                Interval.defectiveInLot(defective: found, of: sample, lot: lot, confidence: confidence)
                    .contains(defective)
            }
            let probability = covered.reduce(0) { $0 + distribution.probability(of: $1) }
            #expect(probability >= confidence, "\(defective) defective: covered with \(probability)")
        }
    }

    @Test("a lot that was looked at whole is known, a sample of none says nothing")
    func ends() {
        let whole = Interval(defective: 3, of: 20, lot: 20)
        #expect(whole.lower == 0.15 && whole.upper == 0.15)
        #expect(Interval(defective: 0, of: 0) == Interval(defective: 0, of: 0, lot: 0))
        #expect(Interval.defectiveInLot(defective: 0, of: 0, lot: 7) == 0...7)
    }

    @Test("a finite lot is known better than a process, the more the larger the sample")
    func narrower() {
        let process = Interval(defective: 5, of: 50)
        let large = Interval(defective: 5, of: 50, lot: 100_000)
        let small = Interval(defective: 5, of: 50, lot: 70)
        #expect(abs(large.upper - process.upper) < 1e-3 && abs(large.lower - process.lower) < 1e-3)
        #expect(small.upper < process.upper && small.lower > process.lower)
    }
}
