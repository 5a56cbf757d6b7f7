import BatchCore
import TestSupport
import Testing

@Suite("Lengths of answers are counted in little memory, and add up")
struct AnswerLengthsTests {
    @Test("quantiles are those of the sorted lengths, to a hundredth", arguments: UInt64(0)..<20)
    func quantiles(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let all = (0..<1000).map { _ in
            Int.random(in: 0...(1 << Int.random(in: 0...40, using: &random)), using: &random)
        }
        var lengths = AnswerLengths()
        for length in all { lengths.add(length, isDefective: false) }
        let sorted = all.sorted()
        for (share, index) in [(0, 0), (0.5, 499), (0.95, 949), (1, 999)] {
            let (told, true_) = (lengths.quantile(share), sorted[index])
            #expect(told <= true_ && Double(true_ - told) <= 0.01 * Double(true_), "\(share), seed \(seed)")
        }
        #expect(lengths.answers == 1000)
    }

    @Test("two halves are the whole")
    func sums() {
        var (one, two, all) = (AnswerLengths(), AnswerLengths(), AnswerLengths())
        for length in 0..<5000 {
            let isDefective = length % 7 == 0
            if length % 3 == 0 {
                one.add(length, isDefective: isDefective)
            } else {
                two.add(length, isDefective: isDefective)
            }
            all.add(length, isDefective: isDefective)
        }
        one += two
        #expect(one == all && one.buckets.reduce(0) { $0 + $1.count.defective } == 715)
    }

    @Test("a million different lengths are two thousand counts")
    func memory() {
        var lengths = AnswerLengths()
        for length in 0..<1_000_000 { lengths.add(length, isDefective: false) }
        #expect(lengths.buckets.count < 2000 && lengths.answers == 1_000_000)
    }

    @Test("where there is no answer, every quantile is zero")
    func none() {
        #expect(AnswerLengths().quantile(0.5) == 0 && AnswerLengths().answers == 0)
    }
}
