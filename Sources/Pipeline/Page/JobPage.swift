import BatchCore
import DurableFiles

/// What the page tells: the report, and the limit against which the gate held each shard.
struct ReportFacts: Sendable {
    let report: JobReport
    /// The delivered name, where it can be read.
    let name: String
    /// `sample.rejectable` of the lane.
    let rejectable: Double

    init(_ report: JobReport, rejectable: Double) {
        self.report = report
        name = PercentName.unescape(report.name).flatMap { String(validating: $0, as: UTF8.self) } ?? report.name
        self.rejectable = rejectable
    }
}

/// `report.html`: the job for whoever must decide about it. One file that asks for nothing: no script, no font, no
/// image and no style from elsewhere, and a policy that has the browser refuse them. It does not grow with the job.
enum JobPage {
    static func html(of facts: ReportFacts) -> [UInt8] {
        var page = HTMLText()
        let report = facts.report
        page.markup(
            """
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8">
            <meta http-equiv="Content-Security-Policy" content="\(policy)">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark"><meta name="referrer" content="no-referrer">
            <title>\(heading(report.verdict)): \(facts.name, limit: 80)</title>
            <style>\(PageStyle.sheet)</style></head>
            <body class="\(report.verdict.rawValue)"><main>

            """)
        VerdictSection(facts: facts).write(to: &page)
        FigureSection(report: report).write(to: &page)
        ReasonSection(report: report).write(to: &page)
        ShardSection(facts: facts).write(to: &page)
        JudgeSection(facts: facts).write(to: &page)
        ExampleSection(report: report).write(to: &page)
        LengthSection(lengths: report.lengths).write(to: &page)
        CostSection(report: report).write(to: &page)
        DetailSection(report: report).write(to: &page)
        page.markup("</main></body></html>\n")
        return page.bytes
    }

    static func heading(_ verdict: JobVerdict) -> String {
        switch verdict {
        case .accepted: "Accepted"
        case .rejected: "Rejected"
        case .split: "Split"
        }
    }

    /// The one style is ours, by its hash.
    private static var policy: HTMLMarkup {
        var hash = SHA256()
        hash.update(Array(PageStyle.sheet.text.utf8))
        let sum = Base64.encode(hash.finish().bytes)
        return "default-src 'none'; style-src 'sha256-\(sum)'; base-uri 'none'; form-action 'none'"
    }
}

extension HTMLText {
    /// A part of the page with its heading, and what it says in a sentence.
    mutating func section(_ heading: HTMLMarkup, _ lead: HTMLMarkup = "", _ content: (inout HTMLText) -> Void) {
        markup("<section><h2>\(heading)</h2>")
        if !lead.text.isEmpty { markup("<p class=\"lead\">\(lead)</p>") }
        content(&self)
        markup("</section>\n")
    }
}
