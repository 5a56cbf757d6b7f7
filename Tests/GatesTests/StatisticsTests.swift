import Gates
import Testing

@Suite("Probabilities are exact to the twelfth digit")
struct StatisticsTests {
    private func isClose(_ value: Double, _ exact: Double, _ tolerance: Double = 1e-12) -> Bool {
        abs(value - exact) <= tolerance * abs(exact)
    }

    // The exact values are quotients of whole numbers of thousands of digits.
    @Test(
        "hypergeometric ones",
        arguments: [
            (200, 2, 38, 0, 0.6553266331658292), (200, 20, 38, 1, 0.06176465573608467),
            (50000, 500, 1250, 12, 0.11511073472320557), (50000, 500, 1250, 40, 1.2040352485246927e-10),
            (50000, 5000, 800, 110, 0.00012963396820941662), (1_000_000, 10000, 5000, 30, 0.000640241769507101),
            (50000, 25000, 25000, 12500, 0.007136389417967003),
            (50000, 25000, 25000, 12000, 3.0044102276037383e-20),
        ])
    func hypergeometric(lot: Int, defective: Int, sample: Int, count: Int, exact: Double) {
        let value = Hypergeometric(lot: lot, defective: defective, sample: sample).probability(of: count)
        #expect(isClose(value, exact), "\(value), not \(exact)")
    }

    @Test(
        "tails of them",
        arguments: [
            (200, 20, 38, 1, 0.07338616332853218), (50000, 500, 1250, 12, 0.5179864987518642),
            (50000, 5000, 800, 110, 0.9997340286825165), (1_000_000, 10000, 5000, 30, 0.0014946579899931213),
        ])
    func hypergeometricTails(lot: Int, defective: Int, sample: Int, count: Int, exact: Double) {
        let distribution = Hypergeometric(lot: lot, defective: defective, sample: sample)
        #expect(isClose(distribution.atMost(count), exact), "\(distribution.atMost(count)), not \(exact)")
        #expect(abs(distribution.atLeast(count + 1) - (1 - exact)) < 1e-13)
    }

    @Test(
        "binomial ones",
        arguments: [
            (38, 0.1, 1, 0.07704712644369198), (1000, 0.5, 500, 0.0252250181783608),
            (10000, 0.0078125, 40, 6.91511671406387e-07), (50000, 0.25, 12000, 5.992597956591929e-09),
        ])
    func binomial(trials: Int, rate: Double, count: Int, exact: Double) {
        let value = Binomial(trials: trials, rate: rate).probability(of: count)
        #expect(isClose(value, exact), "\(value), not \(exact)")
    }

    @Test("a small tail keeps its digits")
    func smallTail() {
        #expect(isClose(Binomial(trials: 10000, rate: 0.0078125).atMost(40), 1.377114182163046e-06))
        #expect(isClose(Binomial(trials: 38, rate: 0.1).atMost(1), 0.0952951300750927))
        #expect(isClose(Binomial(trials: 300, rate: 0.5).atLeast(300), 0x1p-300))
    }

    @Test("every small lot, against counting")
    func counting() {
        func choose(_ n: Int, _ k: Int) -> Int {
            k < 0 || k > n ? 0 : (0..<k).reduce(1) { $0 * (n - $1) / ($1 + 1) }
        }
        for lot in 0...14 {
            for defective in 0...lot {
                for sample in 0...lot {
                    let distribution = Hypergeometric(lot: lot, defective: defective, sample: sample)
                    var sum = 0.0
                    for count in -1...(sample + 1) {
                        let exact =
                            Double(choose(defective, count) * choose(lot - defective, sample - count))
                            / Double(choose(lot, sample))
                        let case_ = "\(count) in \(sample) of \(lot) with \(defective)"
                        #expect(isClose(distribution.probability(of: count), exact), "\(case_)")
                        #expect(abs(distribution.atLeast(count) - (1 - sum)) < 1e-13, "\(case_)")
                        sum += exact
                        #expect(abs(distribution.atMost(count) - sum) < 1e-13, "\(case_)")
                    }
                }
            }
        }
    }

    @Test("what is certain is 0 or 1")
    func certain() {
        #expect(Binomial(trials: 5, rate: 0).atMost(0) == 1)
        #expect(Binomial(trials: 5, rate: 1).atMost(4) == 0)
        #expect(Binomial(trials: 5, rate: 1).atLeast(5) == 1)
        #expect(Binomial(trials: 0, rate: 0.5).probability(of: 0) == 1)
        #expect(Binomial(trials: 5, rate: 0.5).probability(of: 6) == 0)
        #expect(Hypergeometric(lot: 0, defective: 0, sample: 0).atMost(0) == 1)
        #expect(Hypergeometric(lot: 9, defective: 4, sample: 9).probability(of: 4) == 1)
    }
}
