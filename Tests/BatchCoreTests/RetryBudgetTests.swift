import BatchCore
import TestSupport
import Testing

@Suite("Repetitions never exceed a share of the first attempts, but for a few")
struct RetryBudgetTests {
    @Test("in any history", arguments: UInt64(0)..<100)
    func anyHistory(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let share = Double.random(in: 0...1, using: &random)
        let wish = Int.random(in: 1...6, using: &random)
        var budget = RetryBudget(share: share)
        var (firsts, retries) = (0, 0)
        for _ in 0..<3000 {
            if random.once(in: wish) {
                if budget.takeRetry() { retries += 1 }
            } else {
                budget.noteFirst()
                firsts += 1
            }
            let most = Double(RetryBudget.floor) + share * Double(firsts)
            #expect(Double(retries) <= most + 1e-6, "seed \(seed): \(retries) after \(firsts) at \(share)")
        }
    }

    @Test("the first failures can be tried again, then each fifth")
    func fifth() {
        var budget = RetryBudget(share: 0.2)
        #expect((0..<100).count { _ in budget.takeRetry() } == RetryBudget.floor)
        for _ in 0..<50 {
            for _ in 0..<5 { budget.noteFirst() }
            #expect(budget.takeRetry() && !budget.takeRetry())
        }
    }

    @Test("what a good time has saved up is no more than at the beginning")
    func notSaved() {
        var budget = RetryBudget(share: 0.2)
        for _ in 0..<100_000 { budget.noteFirst() }
        #expect((0..<1000).count { _ in budget.takeRetry() } == RetryBudget.floor)
    }
}
