import BatchCore

/// Answers that failed, to look at: of as many shards as there is room for, rejected ones first.
struct ExampleSection {
    private static let atOnce = 6
    private static let mostExamples = 30

    let report: JobReport

    private typealias Shown = (shard: JobReport.Shard, example: FailingExample)

    func write(to page: inout HTMLText) {
        let all = sorted
        if all.isEmpty { return }
        page.section("Failing examples", "Shortened; one of each shard first, rejected shards before others.") { page in
            cards(all.prefix(Self.atOnce), to: &page)
            let rest = all.dropFirst(Self.atOnce).prefix(Self.mostExamples - Self.atOnce)
            if rest.isEmpty { return }
            page.markup("<details><summary>\(PageNumber.count(rest.count)) more</summary>")
            cards(rest, to: &page)
            let unseen = all.count - Self.mostExamples
            if unseen > 0 {
                page.markup("<p class=\"lead\">\(PageNumber.count(unseen)) others are in report.json.</p>")
            }
            page.markup("</details>")
        }
    }

    /// The first examples of the shards, then the second ones: three of one shard often say the same.
    private var sorted: [Shown] {
        let shards = report.shards.filter { !$0.isAccepted } + report.shards.filter(\.isAccepted)
        return (0..<FailingExample.perShard).flatMap { place in
            shards.compactMap { shard in
                let examples = shard.evidence.examples
                return examples.indices.contains(place) ? (shard, examples[place]) : nil
            }
        }
    }

    private func cards(_ shown: ArraySlice<Shown>, to page: inout HTMLText) {
        page.markup("<div class=\"examples\">")
        for (shard, example) in shown { write(example, shard, to: &page) }
        page.markup("</div>")
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
