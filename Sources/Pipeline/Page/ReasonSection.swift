import BatchCore

/// Why lines did not come to a good answer: a bar a check, a bar a code.
struct ReasonSection {
    private static let longestList = 12

    let report: JobReport

    func write(to page: inout HTMLText) {
        var defects: [String: Int] = [:]
        for shard in report.shards { defects.merge(shard.evidence.defectsByCheck, uniquingKeysWith: +) }
        let (bad, errors) = (bars(defects), bars(report.errorsByCode))
        let highest = max(bad.first?.count ?? 0, errors.first?.count ?? 0)
        if highest == 0 {
            return page.section("Reasons", "No answer is defective, and no line failed or was refused.") { _ in }
        }
        let answers = report.shards.reduce(0) { $0 + $1.checked }
        page.section("Reasons") { page in
            let found = bad.reduce(0) { $0 + $1.count }
            let heading: HTMLMarkup =
                "\(PageNumber.count(found)) of \(PageNumber.count(answers, "answer")) are defective"
            write(heading, bad, "defective", highest, to: &page)
            let lost = errors.reduce(0) { $0 + $1.count }
            write("\(PageNumber.count(lost, "line")) without an answer", errors, "failed", highest, to: &page)
        }
    }

    private typealias Bar = (name: String, count: Int)

    /// The largest first; what is beyond a dozen is one bar.
    private func bars(_ counts: [String: Int]) -> [Bar] {
        let sorted = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { Bar($0.key, $0.value) }
        guard sorted.count > Self.longestList else { return sorted }
        let rest = sorted.dropFirst(Self.longestList - 1).reduce(0) { $0 + $1.count }
        return sorted.prefix(Self.longestList - 1) + [Bar("others", rest)]
    }

    private func write(
        _ heading: HTMLMarkup, _ bars: [Bar], _ color: HTMLMarkup, _ highest: Int, to page: inout HTMLText
    ) {
        if bars.isEmpty { return }
        page.markup("<h3>\(heading)</h3><table class=\"bars\"><tbody>")
        for bar in bars {
            let width = max(Double(bar.count) / Double(highest), 0.004)
            page.markup(
                """
                <tr><th scope="row"><bdi>\(bar.name, limit: 60)</bdi></th>\
                <td class="n">\(PageNumber.count(bar.count))</td><td><svg width="100%" height="14" aria-hidden="true">\
                <rect class="\(color)" width="\(percent: width)" height="14" rx="2"/></svg></td></tr>
                """)
        }
        page.markup("</tbody></table>")
    }
}
