import BatchCore

/// What was found in each shard, against the limit of the gate.
struct ShardSection {
    private static let height = 180.0
    private static let openRows = 24

    let facts: ReportFacts

    func write(to page: inout HTMLText) {
        let shards = facts.report.shards
        if shards.isEmpty { return }
        let groups = ShardGroup.groups(of: shards)
        page.section("Defects per shard", lead(shards, groups)) { page in
            draw(groups, to: &page)
            let isOpen: HTMLMarkup = groups.count <= Self.openRows ? " open" : ""
            page.markup("<details\(isOpen)><summary>\(PageNumber.count(groups.count, "row"))</summary>")
            table(groups, to: &page)
            page.markup("</details>")
        }
    }

    private func lead(_ shards: [JobReport.Shard], _ groups: [ShardGroup]) -> HTMLMarkup {
        let (checked, defects) = shards.reduce((0, 0)) { ($0.0 + $1.checked, $0.1 + $1.defects) }
        let accepted = shards.count { $0.isAccepted }
        var text: HTMLMarkup = "\(PageNumber.count(accepted)) of \(PageNumber.count(shards.count, "shard")) accepted."
        if let all = RateEstimate(checked: checked, defects: defects) {
            text = """
                \(text) \(PageNumber.count(defects)) of \(PageNumber.count(checked, "checked answer")) are defective: \
                \(PageNumber.percent(all.rate)). More answers of their kind would have \
                \(PageNumber.range(all.process)), at \(PageNumber.percent(all.confidence)) confidence.
                """
        }
        if groups.count < shards.count {
            text = "\(text) Neighbouring shards are shown together, \(groups[0].shards) at a time."
        }
        return text
    }

    private func draw(_ groups: [ShardGroup], to page: inout HTMLText) {
        let highest = groups.compactMap { $0.estimate?.process.upperBound }.max() ?? 0
        let top = min(1, PageNumber.roundedUp(max(highest, min(1, facts.rejectable * 1.3))))
        func y(_ rate: Double) -> Int { 14 + Int((Self.height * (1 - min(rate, top) / top)).rounded()) }
        let axis = [top, top / 2, 0].map { (at: y($0), label: PageNumber.percent($0)) }
        let (floor, limit) = (y(0), y(facts.rejectable))
        page.chart(axis: axis, height: floor + 24, label: "defect rate of each shard, with its interval") { page in
            for (index, group) in groups.enumerated() {
                let center = (Double(index) + 0.5) / Double(groups.count)
                let half = min(0.32 / Double(groups.count), 0.022)
                let color: HTMLMarkup = group.rejected > 0 ? "defective" : "answered"
                page.markup("<g><title>\(title(group))</title>")
                if let estimate = group.estimate {
                    let height = max(floor - y(estimate.rate), 2)
                    page.markup(
                        """
                        <rect class="\(color)" x="\(percent: center - half)" y="\(floor - height)" \
                        width="\(percent: 2 * half)" height="\(height)"/>\
                        <line class="whisker" x1="\(percent: center)" x2="\(percent: center)" \
                        y1="\(y(estimate.process.upperBound))" y2="\(y(estimate.process.lowerBound))"/>
                        """)
                }
                page.markup("</g>")
            }
            for index in labelled(groups.count) {
                let center = (Double(index) + 0.5) / Double(groups.count)
                page.markup(
                    """
                    <text class="mid" x="\(percent: center)" y="\(floor + 18)">\
                    \(groups[index].numbers.lowerBound)</text>
                    """)
            }
            page.markup("<line class=\"limit\" x1=\"0\" x2=\"100%\" y1=\"\(limit)\" y2=\"\(limit)\"/>")
        }
        page.markup(
            """
            <ul class="legend"><li><b class="answered"></b>accepted</li><li><b class="defective"></b>rejected</li>\
            <li><b class="whisker"></b>what more answers of its kind would have (95 %)</li>\
            <li><b class="limit"></b>rejected from \(PageNumber.percent(facts.rejectable))</li></ul>
            """)
    }

    /// Which columns have their number below.
    private func labelled(_ count: Int) -> [Int] {
        if count <= 8 { return Array(0..<count) }
        return (0...4).map { $0 * (count - 1) / 4 }
    }

    private func title(_ group: ShardGroup) -> HTMLMarkup {
        "shard \(group.name): \(PageNumber.count(group.defects)) of \(PageNumber.count(group.checked)) defective"
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

extension HTMLText {
    /// A drawing that is as wide as the page lets it: places along it are shares of the width, so that nothing is
    /// stretched and letters keep their size. The scale on its left has a column of its own.
    /// - Parameter axis: lines across, at their height in pixels.
    mutating func chart(
        axis: [(at: Int, label: String)], height: Int, label: HTMLMarkup, _ content: (inout HTMLText) -> Void
    ) {
        markup("<div class=\"chart\"><svg width=\"52\" height=\"\(height)\" aria-hidden=\"true\">")
        for line in axis { markup("<text class=\"end\" x=\"44\" y=\"\(line.at + 4)\">\(line.label)</text>") }
        markup("</svg><svg width=\"100%\" height=\"\(height)\" role=\"img\" aria-label=\"\(label)\">")
        for line in axis { markup("<line class=\"grid\" x1=\"0\" x2=\"100%\" y1=\"\(line.at)\" y2=\"\(line.at)\"/>") }
        content(&self)
        markup("</svg></div>")
    }
}
