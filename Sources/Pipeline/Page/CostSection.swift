import BatchCore

/// What it cost, by model, and what the same input would have cost.
struct CostSection {
    private static let longestList = 20

    let report: JobReport

    func write(to page: inout HTMLText) {
        let usage = report.usage
        let lead: HTMLMarkup = """
            \(PageNumber.count(usage.input)) input tokens (\(PageNumber.count(usage.cached)) cached) and \
            \(PageNumber.count(usage.output)) output tokens (\(PageNumber.count(usage.reasoning)) of reasoning), \
            in \(PageNumber.count(report.attempts, "attempt")).
            """
        page.section("Cost", lead) { page in
            judging(to: &page)
            comparison(to: &page)
            models(to: &page)
        }
    }

    private func judging(to page: inout HTMLText) {
        let asked = report.shards.compactMap(\.judge)
        if asked.isEmpty { return }
        let cost = asked.reduce(Money.zero) { $0 + $1.spent + $1.unknown }
        page.markup(
            """
            <p class="lead">Of it \(PageNumber.money(cost)) went to the judge, for \
            \(PageNumber.count(asked.reduce(0) { $0 + $1.requests }, "question")).</p>
            """)
    }

    private func comparison(to page: inout HTMLText) {
        let figures = report.figures
        let without = figures.without
        guard without.total > .zero else { return }
        let whole = figures.costWithout
        let parts: [(HTMLMarkup, Money, HTMLMarkup)] = [
            ("This job", figures.cost, "answered"), ("Its duplicates, if sent", without.deduplication.usd, "saved"),
            ("Lines behind a rejected canary", without.canary.usd, "saved"),
            ("Lines that a cap refused", without.caps.usd, "saved"), ("Without Bobbin", whole, "refused"),
        ]
        page.markup("<table class=\"bars\"><tbody>")
        for (name, money, color) in parts where money > .zero {
            let share = Double(money.picodollars) / Double(whole.picodollars)
            page.markup(
                """
                <tr><th scope="row">\(name)</th><td class="n">\(PageNumber.money(money))</td>\
                <td><svg width="100%" height="14" aria-hidden="true"><rect class="\(color)" \
                width="\(percent: max(share, 0.004))" height="14" rx="2"/></svg></td></tr>
                """)
        }
        page.markup("</tbody></table>")
    }

    /// The dearest first.
    private func models(to page: inout HTMLText) {
        let sorted = report.models.sorted { ($1.value.cost, $0.key) < ($0.value.cost, $1.key) }
        if sorted.isEmpty { return }
        page.markup(
            """
            <table class="rows"><thead><tr><th>Model</th><th class="n">Lines</th><th class="n">Accepted</th>\
            <th class="n">Spent</th><th class="n wide">Unknown</th><th class="n wide">Tokens</th>\
            <th class="n">An accepted answer</th></tr></thead><tbody>
            """)
        for (name, figures) in sorted.prefix(Self.longestList) {
            page.markup(
                """
                <tr><th scope="row"><bdi>\(name.isEmpty ? "none" : name, limit: 60)</bdi></th>\
                <td class="n">\(PageNumber.count(figures.lines))</td>\
                <td class="n">\(PageNumber.count(figures.acceptedAnswers))</td>\
                <td class="n">\(PageNumber.money(figures.spent))</td>\
                <td class="n wide">\(PageNumber.money(figures.unknown.usd))</td>\
                <td class="n wide">\(PageNumber.count(figures.tokens))</td>\
                <td class="n">\(figures.acceptedAnswers == 0 ? "–" : PageNumber.money(figures.unitCost))</td></tr>
                """)
        }
        page.markup("</tbody></table>")
        if sorted.count > Self.longestList {
            page.markup(
                "<p class=\"lead\">\(PageNumber.count(sorted.count - Self.longestList)) more are in report.json.</p>")
        }
    }
}
