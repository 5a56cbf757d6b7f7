import BatchCore

/// What a judge found in samples of the answers that passed the checks: an estimate of its own, since the others were
/// not looked at.
struct JudgeSection {
    private static let openRows = 24

    let facts: ReportFacts

    func write(to page: inout HTMLText) {
        guard let all = ShardGroup.Judged(facts.report.shards) else { return }
        let groups = ShardGroup.groups(of: facts.report.shards.filter { $0.sample != nil })
        page.section("What the judge found", lead(all)) { page in
            chart(groups).write(to: &page)
            let isOpen: HTMLMarkup = groups.count <= Self.openRows ? " open" : ""
            page.markup("<details\(isOpen)><summary>\(PageNumber.count(groups.count, "row"))</summary>")
            table(groups, to: &page)
            page.markup("</details>")
        }
    }

    private func lead(_ all: ShardGroup.Judged) -> HTMLMarkup {
        let (rate, process) = (PageNumber.percent(all.estimate.rate), PageNumber.range(all.estimate.process))
        return """
            The judge looked at \(PageNumber.count(all.sampled)) of \(PageNumber.count(all.lot, "answer")) that passed \
            the checks; \(PageNumber.count(all.defective)) did not pass: \(rate). More answers of their kind would \
            have \(process), at \(PageNumber.percent(all.estimate.confidence)) confidence.
            """
    }

    private func chart(_ groups: [ShardGroup]) -> RateChart {
        RateChart(
            label: "defect rate of each sample, with its interval", limit: facts.rejectable,
            limitWords: "to be rejected from \(PageNumber.percent(facts.rejectable))",
            bars: groups.compactMap { group in
                guard let judged = group.judged else { return nil }
                return RateChart.Bar(
                    title: """
                        shard \(group.name): \(PageNumber.count(judged.defective)) of \
                        \(PageNumber.count(judged.sampled)) sampled did not pass
                        """,
                    shard: group.numbers.lowerBound, isRejected: group.rejected > 0, estimate: judged.estimate)
            })
    }

    private func table(_ groups: [ShardGroup], to page: inout HTMLText) {
        page.markup(
            """
            <table class="rows"><thead><tr><th>Shard</th><th class="n wide">Passed the checks</th>\
            <th class="n">Did not pass the judge</th><th class="n">Rate</th>\
            <th class="n">Of all that passed the checks, 95\u{A0}%</th>\
            <th class="n wide">More of its kind, 95\u{A0}%</th></tr></thead><tbody>
            """)
        for group in groups {
            guard let judged = group.judged else { continue }
            page.markup(
                """
                <tr><th scope="row">\(group.name)</th><td class="n wide">\(PageNumber.count(judged.lot))</td>\
                <td class="n">\(PageNumber.count(judged.defective)) of \(PageNumber.count(judged.sampled))</td>\
                <td class="n">\(PageNumber.percent(judged.estimate.rate))</td>\
                <td class="n">\(PageNumber.range(judged.estimate.own))</td>\
                <td class="n wide">\(PageNumber.range(judged.estimate.process))</td></tr>
                """)
        }
        page.markup("</tbody></table>")
    }
}
