import BatchCore

/// Defect rates of shards as columns, each with the interval of its process, against a limit.
struct RateChart {
    struct Bar {
        let title: HTMLMarkup
        /// That is written below it, or the first of several.
        let shard: Int
        let isRejected: Bool
        /// nil: no answer was looked at.
        let estimate: RateEstimate?
    }

    private static let height = 180.0

    let label: HTMLMarkup
    let limit: Double
    let limitWords: HTMLMarkup
    let bars: [Bar]

    func write(to page: inout HTMLText) {
        let highest = bars.compactMap { $0.estimate?.process.upperBound }.max() ?? 0
        let top = min(1, PageNumber.roundedUp(max(highest, min(1, limit * 1.3))))
        func y(_ rate: Double) -> Int { 14 + Int((Self.height * (1 - min(rate, top) / top)).rounded()) }
        let axis = [top, top / 2, 0].map { (at: y($0), label: PageNumber.percent($0)) }
        let floor = y(0)
        page.chart(axis: axis, height: floor + 24, label: label) { page in
            for (index, bar) in bars.enumerated() {
                let center = (Double(index) + 0.5) / Double(bars.count)
                let half = min(0.32 / Double(bars.count), 0.022)
                let color: HTMLMarkup = bar.isRejected ? "defective" : "answered"
                page.markup("<g><title>\(bar.title)</title>")
                if let estimate = bar.estimate {
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
            for index in labelled {
                let center = (Double(index) + 0.5) / Double(bars.count)
                page.markup(
                    "<text class=\"mid\" x=\"\(percent: center)\" y=\"\(floor + 18)\">\(bars[index].shard)</text>")
            }
            page.markup("<line class=\"limit\" x1=\"0\" x2=\"100%\" y1=\"\(y(limit))\" y2=\"\(y(limit))\"/>")
        }
        page.markup(
            """
            <ul class="legend"><li><b class="answered"></b>accepted</li><li><b class="defective"></b>rejected</li>\
            <li><b class="whisker"></b>what more answers of its kind would have (95 %)</li>\
            <li><b class="limit"></b>\(limitWords)</li></ul>
            """)
    }

    /// Which columns have their number below.
    private var labelled: [Int] {
        if bars.count <= 8 { return Array(bars.indices) }
        return (0...4).map { $0 * (bars.count - 1) / 4 }
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
