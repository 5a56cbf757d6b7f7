/// The four figures (README.md) of a job, or of one model in it: counts and sums, which add up over models,
/// jobs and days. Rates and unit costs are made of the sums, never of each other.
package struct Figures: Equatable, Sendable {
    /// Input lines, blank ones left out; answered + unsent + failed + refused.
    package var lines = 0
    /// Lines that were paid for.
    package var answered = 0
    /// Lines that were answered without being sent: duplicates.
    package var unsentLines = 0
    package var failed = 0
    package var refused = 0
    /// Attempts that may have reached a server and were not the first of their line.
    package var resentLines = 0
    /// Lines and shards that the gate, or an error, sent back.
    package var reprocessedLines = 0
    package var reprocessedShards = 0
    package var acceptedAnswers = 0
    /// How often a cap stopped the job: once for each cap and day, however often the daemon was started meanwhile.
    package var budgetExceeded = 0
    package var spent = Money.zero
    /// Sent, and no answer seen. Tokens are at their bound, as the money is.
    package var unknown = Amount.zero
    package var usage = Usage.zero
    package var without = WithoutBobbin()

    package init() {}

    /// What it came to: spent, and what may have been.
    package var cost: Money { spent + unknown.usd }
    package var tokens: Int { usage.total + unknown.tokens }

    /// Lines sent again / lines.
    package var failureReprocessingRate: Double { ratio(resentLines, lines) }
    /// Lines not sent / lines.
    package var duplicateReductionRate: Double { ratio(unsentLines, lines) }
    /// USD for each accepted answer, rounded up to the picodollar; where none was accepted, all of it.
    package var unitCost: Money { cost.shared(among: max(acceptedAnswers, 1)) }
    package var unitTokens: Double { ratio(tokens, max(acceptedAnswers, 1)) }
    package var costPerLine: Money { cost.shared(among: max(lines, 1)) }
    package var tokensPerLine: Double { ratio(tokens, lines) }
    /// What 1,000 tokens of any kind came to, rounded up to the picodollar; zero where there were none.
    package var costPerThousandTokens: Money { tokens == 0 ? .zero : cost.scaledUp(by: 1000, over: tokens) }

    package static func + (left: Figures, right: Figures) -> Figures {
        var sum = left
        sum.lines += right.lines
        sum.answered += right.answered
        sum.unsentLines += right.unsentLines
        sum.failed += right.failed
        sum.refused += right.refused
        sum.resentLines += right.resentLines
        sum.reprocessedLines += right.reprocessedLines
        sum.reprocessedShards += right.reprocessedShards
        sum.acceptedAnswers += right.acceptedAnswers
        sum.budgetExceeded += right.budgetExceeded
        sum.spent += right.spent
        sum.unknown += right.unknown
        sum.usage += right.usage
        sum.without = left.without + right.without
        return sum
    }

    package static func += (left: inout Figures, right: Figures) { left = left + right }
}

extension Money {
    fileprivate func shared(among count: Int) -> Money { scaledUp(by: 1, over: count) }
}

func ratio(_ part: Int, _ whole: Int) -> Double { whole == 0 ? 0 : Double(part) / Double(whole) }
