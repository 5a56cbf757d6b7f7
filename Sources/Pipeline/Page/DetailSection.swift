import BatchCore

/// Duplicates, waiting, and what identifies the job: the end of the page.
struct DetailSection {
    private static let longestList = 20

    let report: JobReport

    func write(to page: inout HTMLText) {
        let duplicates = report.duplicates
        let all = duplicates.inFile + duplicates.fromLog + duplicates.inFlight
        page.section("Duplicates") { page in
            if all == 0 { return page.markup("<p class=\"lead\">No line asked for what had been answered.</p>") }
            page.markup("<dl class=\"facts\">")
            fact("In the same file", "\(PageNumber.count(duplicates.inFile, "line"))", to: &page)
            fact("Answered before, from the hash log", "\(PageNumber.count(duplicates.fromLog, "line"))", to: &page)
            fact("In flight in another job", "\(PageNumber.count(duplicates.inFlight, "line"))", to: &page)
            fact("Saved", "\(PageNumber.money(duplicates.saved))", to: &page)
            page.markup("</dl>")
        }
        if !report.parks.isEmpty { waiting(to: &page) }
        page.section("This job") { page in
            page.markup("<dl class=\"facts\">")
            fact("Job", "<code>\(report.job)</code>", to: &page)
            fact("Lane", "<bdi>\(report.lane, limit: 80)</bdi>", to: &page)
            fact("SHA-256 of the file", "<code>\(report.sha256, limit: 64)</code>", to: &page)
            fact("Arrived", "\(report.arrivedAt.description)", to: &page)
            fact("Started", "\(report.startedAt.description)", to: &page)
            fact("Finished", "\(report.finishedAt.description)", to: &page)
            if report.estimated > 0 {
                fact("Answers without a usable token count", "\(PageNumber.count(report.estimated))", to: &page)
            }
            if report.exceedsBound > 0 {
                fact("Answers billed above their bound", "\(PageNumber.count(report.exceedsBound))", to: &page)
            }
            page.markup("</dl>")
        }
    }

    private func fact(_ name: HTMLMarkup, _ value: HTMLMarkup, to page: inout HTMLText) {
        page.markup("<div><dt>\(name)</dt><dd>\(value)</dd></div>")
    }

    private func waiting(to page: inout HTMLText) {
        page.section("What it waited for") { page in
            page.markup("<dl class=\"facts\">")
            for note in report.parks.prefix(Self.longestList) {
                fact(
                    "\(note.day.description)", "\(note.cause.rawValue) <bdi>\(note.subject, limit: 120)</bdi>",
                    to: &page)
            }
            page.markup("</dl>")
        }
    }
}
