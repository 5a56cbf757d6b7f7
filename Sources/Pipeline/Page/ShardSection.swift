import BatchCore

/// What was found in each shard, against the limit of the gate.
struct ShardSection {
    private static let openRows = 24

    let facts: ReportFacts

    func write(to page: inout HTMLText) {
        let shards = facts.report.shards
        if shards.isEmpty { return }
        let groups = ShardGroup.groups(of: shards)
        page.section("Defects per shard", lead(shards, groups)) { page in
            chart(groups).write(to: &page)
            let isOpen: HTMLMarkup = groups.count <= Self.openRows ? " open" : ""
            page.markup("<details\(isOpen)><summary>\(PageNumber.count(groups.count, "row"))</summary>")
            table(groups, to: &page)
            page.markup("</details>")
        }
    }

    private func lead(_ shards: [JobReport.Shard], _ groups: [ShardGroup]) -> HTMLMarkup {
        let (checked, defects) = shards.reduce((0, 0)) { ($0.0 + $1.checked, $0.1 + $1.defectsByChecks) }
        let accepted = shards.count { $0.isAccepted }
        let isJudged = shards.contains { $0.sample != nil }
        var text: HTMLMarkup = "\(PageNumber.count(accepted)) of \(PageNumber.count(shards.count, "shard")) accepted."
        if let all = RateEstimate(checked: checked, defects: defects) {
            let finder: HTMLMarkup = isJudged ? " by the checks" : ""
            text = """
                \(text) \(PageNumber.count(defects)) of \(PageNumber.count(checked, "checked answer")) are \
                defective\(finder): \(PageNumber.percent(all.rate)). More answers of their kind would have \
                \(PageNumber.range(all.process)), at \(PageNumber.percent(all.confidence)) confidence.
                """
        }
        if isJudged { text = "\(text) What the judge found is below." }
        if groups.count < shards.count {
            text = "\(text) Neighbouring shards are shown together, \(groups[0].shards) at a time."
        }
        return text
    }

    private func chart(_ groups: [ShardGroup]) -> RateChart {
        RateChart(
            label: "defect rate of each shard, with its interval", limit: facts.rejectable,
            limitWords: "rejected from \(PageNumber.percent(facts.rejectable))",
            bars: groups.map { group in
                RateChart.Bar(
                    title: """
                        shard \(group.name): \(PageNumber.count(group.defects)) of \
                        \(PageNumber.count(group.checked)) defective
                        """,
                    shard: group.numbers.lowerBound, isRejected: group.rejected > 0, estimate: group.estimate)
            })
    }

    private func table(_ groups: [ShardGroup], to page: inout HTMLText) {
        page.markup(
            """
            <table class="rows"><thead><tr><th>Shard</th><th>Verdict</th><th class="n">Requests</th>\
            <th class="n">Defective</th><th class="n">Rate</th><th class="n wide">More of its kind, 95\u{A0}%</th>\
            <th class="n wide">Spent</th></tr></thead><tbody>
            """)
        for group in groups {
            let verdict: HTMLMarkup =
                group.rejected == 0
                ? "<span class=\"good\">accepted</span>"
                : group.shards == 1
                    ? "<span class=\"bad\">rejected</span>"
                    : "<span class=\"bad\">\(PageNumber.count(group.rejected)) rejected</span>"
            let role: HTMLMarkup =
                group.roles == [.canary]
                ? " <small>canary</small>" : group.roles == [.reused] ? " <small>reused</small>" : ""
            page.markup(
                """
                <tr><th scope="row">\(group.name)\(role)</th><td>\(verdict)</td>\
                <td class="n">\(PageNumber.count(group.lines))</td>\
                <td class="n">\(PageNumber.count(group.defects)) of \(PageNumber.count(group.checked))</td>\
                <td class="n">\(group.estimate.map { PageNumber.percent($0.rate) } ?? "–")</td>\
                <td class="n wide">\(group.estimate.map { PageNumber.range($0.process) } ?? "–")</td>\
                <td class="n wide">\(PageNumber.money(group.spent))</td></tr>
                """)
            if let reason = group.reasons.first {
                page.markup("<tr class=\"why\"><td></td><td colspan=\"6\"><bdi>\(reason, limit: 160)</bdi></td></tr>")
            }
        }
        page.markup("</tbody></table>")
    }
}
