import BatchCore

/// The top: what was decided, why, and what can be done now.
struct VerdictSection {
    private static let mostReasons = 4

    let facts: ReportFacts

    private var report: JobReport { facts.report }

    func write(to page: inout HTMLText) {
        page.markup(
            """
            <header><p class="verdict"><svg viewBox="0 0 24 24" width="28" height="28" aria-hidden="true">\
            <circle cx="12" cy="12" r="12"/><path d="\(mark)"/></svg>\(JobPage.heading(report.verdict))</p>
            <h1><bdi>\(facts.name, limit: 120)</bdi></h1>
            """)
        writeReason(to: &page)
        page.markup("<ul class=\"next\">")
        for sentence in next { page.markup("<li>\(sentence)</li>") }
        page.markup("</ul></header>\n")
    }

    /// Of rejected shards the worst first: with many, the sentence of the report is a page of its own.
    private func writeReason(to page: inout HTMLText) {
        let rejected = report.shards.filter { !$0.isAccepted }
            .sorted { ($1.rate, $0.number) < ($0.rate, $1.number) }
        if rejected.isEmpty {
            if !report.reason.isEmpty {
                page.markup("<p class=\"reason\"><bdi>\(report.reason, limit: 800)</bdi></p>")
            }
            return
        }
        page.markup("<ul class=\"reason\">")
        for shard in rejected.prefix(Self.mostReasons) {
            let name: HTMLMarkup =
                shard.role == .canary ? "The canary, shard \(shard.number)" : "Shard \(shard.number)"
            page.markup("<li>\(name): <bdi>\(shard.reasons.joined(separator: "; "))</bdi></li>")
        }
        let more = rejected.count - Self.mostReasons
        if more > 0 { page.markup("<li>and \(PageNumber.count(more, "more rejected shard"))</li>") }
        if let unsent = report.errorsByCode[LineRefusal.Code.canaryRejected.rawValue] {
            page.markup("<li>\(PageNumber.count(unsent, "line")) behind a rejected canary were not sent</li>")
        }
        page.markup("</ul>")
    }

    private var mark: HTMLMarkup {
        switch report.verdict {
        case .accepted: "M6.5 12.5l3.7 3.7 7.3-8"
        case .rejected: "M8 8l8 8M16 8l-8 8"
        case .split: "M12 18.5v-6M12 12.5l-4.5-6M12 12.5l4.5-6"
        }
    }

    private var next: [HTMLMarkup] {
        var sentences: [HTMLMarkup] = []
        let accepted = report.figures.acceptedAnswers
        let rejectedShards = report.shards.count { !$0.isAccepted }
        switch report.verdict {
        case .accepted:
            sentences.append(
                """
                <code>output.jsonl</code> holds \(PageNumber.count(accepted, "answer")) that passed the gate and \
                may be loaded.
                """)
        case .split:
            sentences.append(
                """
                <code>output.jsonl</code> in <code>done</code> holds \(PageNumber.count(accepted, "answer")) that \
                passed the gate and may be loaded; what \(PageNumber.count(rejectedShards, "rejected shard")) gave \
                is in <code>rejected</code>.
                """)
        case .rejected:
            sentences.append("Nothing of it is in <code>done</code>: there is nothing to load.")
        }
        if report.reprocessLines > 0 {
            sentences.append(
                """
                \(PageNumber.count(report.reprocessLines, "line")) may be tried again: \
                <code>bobbin retry \(report.job)</code> hands in <code>reprocess.jsonl</code> as it is, with \
                <code>--from FILE</code> a copy of it that was mended.
                """)
        }
        let lost = report.lines.failed + report.lines.refused
        if lost > 0 {
            sentences.append(
                "\(PageNumber.count(lost, "line")) without an answer: <code>errors.jsonl</code> says why.")
        }
        return sentences
    }
}

extension JobReport.Shard {
    /// One that has no answer at all is as bad as can be.
    fileprivate var rate: Double { checked == 0 ? 1 : Double(defects) / Double(checked) }
}
