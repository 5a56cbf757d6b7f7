import BatchCore

/// Answers that failed, to look at: of as many shards as there is room for, rejected ones first.
struct ExampleSection {
    private static let mostExamples = 30

    let report: JobReport

    func write(to page: inout HTMLText) {
        let sorted = report.shards.filter { !$0.isAccepted } + report.shards.filter(\.isAccepted)
        let all = sorted.flatMap { shard in shard.evidence.examples.map { (shard, $0) } }
        if all.isEmpty { return }
        page.section("Failing examples", "The first of each shard, shortened; rejected shards first.") { page in
            page.markup("<div class=\"examples\">")
            for (shard, example) in all.prefix(Self.mostExamples) { write(example, shard, to: &page) }
            page.markup("</div>")
            if all.count > Self.mostExamples {
                page.markup(
                    "<p class=\"lead\">\(PageNumber.count(all.count - Self.mostExamples)) more are in report.json.</p>")
            }
        }
    }

    private func write(_ example: FailingExample, _ shard: JobReport.Shard, to page: inout HTMLText) {
        page.markup("<article><header>")
        if let customID = example.customID {
            page.markup("<b><bdi>\(customID, limit: 80)</bdi></b>")
        } else {
            page.markup("<b>without custom_id</b>")
        }
        page.markup(
            """
             <span>line \(PageNumber.count(example.line)), shard \(PageNumber.count(shard.number))</span></header>
            <p><b class="check"><bdi>\(example.check, limit: 60)</bdi></b> <bdi>\(example.reason)</bdi></p>
            """)
        if !example.answer.isEmpty {
            page.markup("<blockquote dir=\"auto\">\(example.answer)")
            if example.answerCharacters > example.answer.unicodeScalars.count {
                page.markup("<i>… \(PageNumber.count(example.answerCharacters)) characters in all</i>")
            }
            page.markup("</blockquote>")
        }
        page.markup("</article>")
    }
}
