/// The four figures (DESIGN, section 9) of one job, or added up over several, each with what it counts.
package struct Figures: Equatable, Sendable {
    package var lines = 0
    /// Attempts that were not the first of their line.
    package var resentLines = 0
    /// Lines that were answered without being sent: duplicates.
    package var unsentLines = 0
    package var saved = Money.zero
    /// Lines and shards that the gate, or an error, sent back.
    package var reprocessedLines = 0
    package var reprocessedShards = 0
    package var acceptedAnswers = 0
    /// Unknown cost included.
    package var spent = Money.zero
    package var tokens = 0

    package init() {}

    package init(
        lines: Int, resentLines: Int, unsentLines: Int, saved: Money, reprocessedLines: Int, reprocessedShards: Int,
        acceptedAnswers: Int, spent: Money, tokens: Int
    ) {
        self.lines = lines
        self.resentLines = resentLines
        self.unsentLines = unsentLines
        self.saved = saved
        self.reprocessedLines = reprocessedLines
        self.reprocessedShards = reprocessedShards
        self.acceptedAnswers = acceptedAnswers
        self.spent = spent
        self.tokens = tokens
    }

    /// Reads the figures of a report.json; nil if it has none.
    package init?(_ value: JSONValue) {
        guard let lines = value["lines"]?.int, let resent = value["resent_lines"]?.int,
            let unsent = value["unsent_lines"]?.int,
            let saved = value["saved_usd"]?.string.flatMap({ Money(decimal: $0) }),
            let reprocessed = value["reprocessing_lines"]?.int, let shards = value["reprocessing_shards"]?.int,
            let accepted = value["accepted_answers"]?.int,
            let spent = value["spent_usd"]?.string.flatMap({ Money(decimal: $0) }), let tokens = value["tokens"]?.int
        else { return nil }
        self.init(
            lines: lines, resentLines: resent, unsentLines: unsent, saved: saved, reprocessedLines: reprocessed,
            reprocessedShards: shards, acceptedAnswers: accepted, spent: spent, tokens: tokens)
    }

    /// Lines sent again / lines.
    package var failureReprocessingRate: Double { ratio(resentLines, lines) }
    /// Lines not sent / lines.
    package var duplicateReductionRate: Double { ratio(unsentLines, lines) }
    /// USD for each accepted answer; rounded up to the picodollar.
    package var unitCost: Money { acceptedAnswers == 0 ? spent : spent.scaledUp(by: 1, over: acceptedAnswers) }
    package var unitTokens: Double { ratio(tokens, max(acceptedAnswers, 1)) }

    package static func + (left: Figures, right: Figures) -> Figures {
        Figures(
            lines: left.lines + right.lines, resentLines: left.resentLines + right.resentLines,
            unsentLines: left.unsentLines + right.unsentLines, saved: left.saved + right.saved,
            reprocessedLines: left.reprocessedLines + right.reprocessedLines,
            reprocessedShards: left.reprocessedShards + right.reprocessedShards,
            acceptedAnswers: left.acceptedAnswers + right.acceptedAnswers, spent: left.spent + right.spent,
            tokens: left.tokens + right.tokens)
    }

    package func write(to writer: inout JSONWriter) {
        writer.member("lines", lines)
        writer.member("resent_lines", resentLines)
        writer.member("failure_reprocessing_rate", failureReprocessingRate)
        writer.member("unsent_lines", unsentLines)
        writer.member("duplicate_reduction_rate", duplicateReductionRate)
        writer.member("saved_usd", saved.decimal)
        writer.member("reprocessing_lines", reprocessedLines)
        writer.member("reprocessing_shards", reprocessedShards)
        writer.member("accepted_answers", acceptedAnswers)
        writer.member("spent_usd", spent.decimal)
        writer.member("tokens", tokens)
        writer.member("unit_cost_usd", unitCost.decimal)
        writer.member("unit_tokens", unitTokens)
    }

    private func ratio(_ part: Int, _ whole: Int) -> Double { whole == 0 ? 0 : Double(part) / Double(whole) }
}
