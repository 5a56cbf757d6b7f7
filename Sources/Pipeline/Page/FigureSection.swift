import BatchCore

/// The money, the four figures, each with what it was without Bobbin, and what became of the lines.
struct FigureSection {
    let report: JobReport

    func write(to page: inout HTMLText) {
        let figures = report.figures
        let without = figures.without
        page.markup("<section class=\"figures\"><dl class=\"tiles\">")
        tile(
            &page, "Cost", PageNumber.money(figures.cost),
            figures.unknown.usd == .zero
                ? "for \(PageNumber.count(figures.tokens, "token"))"
                : "of which \(PageNumber.money(figures.unknown.usd)) for answers never seen",
            figures.costWithout == figures.cost ? nil : PageNumber.money(figures.costWithout))
        tile(
            &page, "Accepted answers", PageNumber.count(figures.acceptedAnswers),
            "of \(PageNumber.count(figures.lines, "line"))", nil)
        tile(
            &page, "Cost of an accepted answer", PageNumber.money(figures.unitCost),
            figures.acceptedAnswers == 0
                ? "all of it: no answer was accepted"
                : "\(PageNumber.count(Int(figures.unitTokens.rounded()), "token")) each",
            PageNumber.money(figures.unitCostWithout))
        tile(
            &page, "Sent back", PageNumber.count(figures.reprocessedLines),
            "lines, in \(PageNumber.count(figures.reprocessedShards, "rejected shard"))",
            PageNumber.count(without.reprocessedLines))
        tile(
            &page, "Duplicates not sent", PageNumber.percent(figures.duplicateReductionRate),
            "\(PageNumber.count(figures.unsentLines, "line")), \(PageNumber.money(without.deduplication.usd)) saved",
            PageNumber.percent(0))
        tile(
            &page, "Sent again after failures", PageNumber.percent(figures.failureReprocessingRate),
            "\(PageNumber.count(figures.resentLines)) of \(PageNumber.count(figures.lines, "line"))",
            PageNumber.percent(figures.failureReprocessingRateWithout))
        page.markup("</dl>")
        writeLines(to: &page)
        page.markup("</section>\n")
    }

    private func tile(
        _ page: inout HTMLText, _ name: HTMLMarkup, _ value: String, _ note: HTMLMarkup, _ without: String?
    ) {
        page.markup("<div><dt>\(name)</dt><dd class=\"value\">\(value)</dd><dd>\(note)</dd>")
        if let without { page.markup("<dd class=\"without\">without Bobbin \(without)</dd>") }
        page.markup("</div>")
    }

    private func writeLines(to page: inout HTMLText) {
        let lines = report.lines
        guard lines.total > 0 else { return }
        let parts: [(HTMLMarkup, Int)] = [
            ("answered", lines.answered), ("reused", lines.reused), ("failed", lines.failed),
            ("refused", lines.refused),
        ]
        page.markup(
            """
            <h2>\(PageNumber.count(lines.total, "line")) of input</h2>\
            <svg class="share" width="100%" height="22" role="img" aria-label="what became of the lines">
            """)
        var from = 0
        for (name, count) in parts where count > 0 {
            page.markup(
                """
                <rect class="\(name)" x="\(percent: share(from))" width="\(percent: share(count))" height="22"/>
                """)
            from += count
        }
        page.markup("</svg><ul class=\"legend\">")
        for (name, count) in parts {
            page.markup("<li><b class=\"\(name)\"></b>\(PageNumber.count(count)) \(name)</li>")
        }
        page.markup("</ul>")
    }

    private func share(_ count: Int) -> Double { Double(count) / Double(report.lines.total) }
}
