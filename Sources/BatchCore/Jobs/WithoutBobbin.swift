/// What the same input would have come to without deduplication, canary and caps, with a program that sends a file line
/// by line: counts and sums, which add up like those of `Figures`.
package struct WithoutBobbin: Equatable, Sendable {
    /// What the reused answers would have cost, at the price of the day on which they were reused.
    package var deduplication = Amount.zero
    /// An estimate, see `estimate(of:sent:among:worstCase:)`: what the lines behind a rejected canary would have cost.
    package var canary = Amount.zero
    package var canaryLines = 0
    /// The same for the lines that a cap refused (`when_exhausted = "reject"`).
    package var caps = Amount.zero
    package var capsLines = 0
    /// Lines of the jobs in which a line failed or had to be sent again: such a file would have been sent again whole.
    package var resentLines = 0
    /// Lines of the jobs in which a line was sent back: such a file would have been a case as a whole.
    package var reprocessedLines = 0

    package init() {}

    /// The money that was not spent.
    package var total: Money { deduplication.usd + canary.usd + caps.usd }

    /// What lines that were never sent would have cost.
    /// - Parameters:
    ///   - lines: how many.
    ///   - sent: what requests of the same kind came to in the same job, those that failed and cost nothing included.
    ///   - requests: how many they were.
    ///   - worstCase: of those lines.
    /// - Returns: the average of the sent ones times the lines, rounded up to the picodollar and the token; where none
    ///   was sent, the worst case.
    package static func estimate(
        of lines: Int, sent: Amount, among requests: Int, worstCase: Amount
    ) -> Amount {
        guard requests > 0 else { return worstCase }
        // Tokens that servers claim, times lines, can be more than 64 bits hold.
        let tokens = Int128(sent.tokens) * Int128(lines)
        let average = (tokens + Int128(requests - 1)) / Int128(requests)
        return Amount(usd: sent.usd.scaledUp(by: lines, over: requests), tokens: Int(clamping: average))
    }

    package static func + (left: WithoutBobbin, right: WithoutBobbin) -> WithoutBobbin {
        var sum = left
        sum.deduplication += right.deduplication
        sum.canary += right.canary
        sum.canaryLines += right.canaryLines
        sum.caps += right.caps
        sum.capsLines += right.capsLines
        sum.resentLines += right.resentLines
        sum.reprocessedLines += right.reprocessedLines
        return sum
    }
}

extension Figures {
    /// What the same input would have cost.
    package var costWithout: Money { cost + without.total }
    package var failureReprocessingRateWithout: Double { ratio(without.resentLines, lines) }
    /// For the same accepted answers. What a cap refused is left out: it would have bought answers too.
    package var unitCostWithout: Money {
        (cost + without.deduplication.usd + without.canary.usd).scaledUp(by: 1, over: max(acceptedAnswers, 1))
    }
    package var unitTokensWithout: Double {
        ratio(tokens + without.deduplication.tokens + without.canary.tokens, max(acceptedAnswers, 1))
    }
}
