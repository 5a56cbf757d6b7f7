/// One figure as it is written: a name that says its unit, and a value.
package enum FigureValue: Equatable, Sendable {
    case count(Int)
    case usd(Money)
    case ratio(Double)

    /// For a table of text; exact, so that a sum over rows is the sum.
    package var text: String {
        switch self {
        case .count(let count): "\(count)"
        case .usd(let money): money.decimal
        case .ratio(let ratio): "\(ratio)"
        }
    }
}

/// How figures stand in report.json, in `bobbin report --json` and in its CSV: the same names in the same order.
extension Figures {
    package typealias Member = (name: String, value: FigureValue)

    /// `spent_usd` and `unknown_usd` are disjoint; rates and unit costs are of their sum.
    package var members: [Member] {
        [
            ("lines", .count(lines)), ("answered", .count(answered)), ("failed", .count(failed)),
            ("refused", .count(refused)),
            ("resent_lines", .count(resentLines)), ("failure_reprocessing_rate", .ratio(failureReprocessingRate)),
            ("unsent_lines", .count(unsentLines)), ("duplicate_reduction_rate", .ratio(duplicateReductionRate)),
            ("saved_usd", .usd(without.deduplication.usd)),
            ("reprocessing_lines", .count(reprocessedLines)), ("reprocessing_shards", .count(reprocessedShards)),
            ("accepted_answers", .count(acceptedAnswers)), ("budget_exceeded", .count(budgetExceeded)),
            ("spent_usd", .usd(spent)), ("unknown_usd", .usd(unknown.usd)),
            ("tokens", .count(tokens)), ("input_tokens", .count(usage.input)), ("cached_tokens", .count(usage.cached)),
            ("output_tokens", .count(usage.output)), ("reasoning_tokens", .count(usage.reasoning)),
            ("unknown_tokens", .count(unknown.tokens)),
            ("unit_cost_usd", .usd(unitCost)), ("unit_tokens", .ratio(unitTokens)),
            ("usd_per_line", .usd(costPerLine)), ("tokens_per_line", .ratio(tokensPerLine)),
            ("usd_per_1000_tokens", .usd(costPerThousandTokens)),
        ]
    }

    /// Under `without_bobbin`; in the CSV the names have `without_` in front.
    package var membersWithout: [Member] {
        [
            ("deduplication_usd", .usd(without.deduplication.usd)),
            ("deduplication_tokens", .count(without.deduplication.tokens)),
            ("canary_usd", .usd(without.canary.usd)), ("canary_tokens", .count(without.canary.tokens)),
            ("canary_lines", .count(without.canaryLines)),
            ("caps_usd", .usd(without.caps.usd)), ("caps_tokens", .count(without.caps.tokens)),
            ("caps_lines", .count(without.capsLines)),
            ("total_usd", .usd(without.total)), ("cost_usd", .usd(costWithout)),
            ("resent_lines", .count(without.resentLines)),
            ("failure_reprocessing_rate", .ratio(failureReprocessingRateWithout)),
            ("duplicate_reduction_rate", .ratio(0)),
            ("reprocessing_lines", .count(without.reprocessedLines)),
            ("unit_cost_usd", .usd(unitCostWithout)), ("unit_tokens", .ratio(unitTokensWithout)),
        ]
    }

    package func write(to writer: inout JSONWriter) {
        writer.members(members)
        writer.object("without_bobbin") { $0.members(membersWithout) }
    }

    /// Reads what `write` writes; nil for anything else. What a report of an earlier version does not have counts as
    /// nothing; there `spent_usd` has the unknown in it.
    package init?(_ value: JSONValue) {
        func count(_ name: String, in value: JSONValue?) -> Int { value?[name]?.int ?? 0 }
        func usd(_ name: String, in value: JSONValue?) -> Money {
            value?[name]?.string.flatMap { Money(recorded: $0) } ?? .zero
        }
        guard let lines = value["lines"]?.int, let tokens = value["tokens"]?.int, value["spent_usd"]?.string != nil,
            value["accepted_answers"]?.int != nil
        else { return nil }
        self.init()
        self.lines = lines
        answered = count("answered", in: value)
        unsentLines = count("unsent_lines", in: value)
        failed = count("failed", in: value)
        refused = count("refused", in: value)
        resentLines = count("resent_lines", in: value)
        reprocessedLines = count("reprocessing_lines", in: value)
        reprocessedShards = count("reprocessing_shards", in: value)
        acceptedAnswers = count("accepted_answers", in: value)
        budgetExceeded = count("budget_exceeded", in: value)
        spent = usd("spent_usd", in: value)
        usage = Usage(
            input: count("input_tokens", in: value), cached: count("cached_tokens", in: value),
            output: count("output_tokens", in: value), reasoning: count("reasoning_tokens", in: value))
        unknown = Amount(usd: usd("unknown_usd", in: value), tokens: tokens - usage.total)
        let other = value["without_bobbin"]
        func amount(_ name: String) -> Amount {
            Amount(usd: usd("\(name)_usd", in: other), tokens: count("\(name)_tokens", in: other))
        }
        without.deduplication = Amount(usd: usd("saved_usd", in: value), tokens: amount("deduplication").tokens)
        without.canary = amount("canary")
        without.canaryLines = count("canary_lines", in: other)
        without.caps = amount("caps")
        without.capsLines = count("caps_lines", in: other)
        without.resentLines = count("resent_lines", in: other)
        without.reprocessedLines = count("reprocessing_lines", in: other)
    }
}

extension JSONWriter {
    package mutating func members(_ members: [Figures.Member]) {
        for (name, value) in members {
            switch value {
            case .count(let count): member(name, count)
            case .usd(let money): member(name, money.decimal)
            case .ratio(let ratio): member(name, ratio)
            }
        }
    }
}
