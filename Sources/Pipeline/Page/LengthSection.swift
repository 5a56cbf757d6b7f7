import BatchCore

/// How long the answers are; the tail beyond the 99th hundredth is one column, so that one endless answer does not
/// press all others into the first.
struct LengthSection {
    private static let height = 150.0
    private static let columns = 30.0

    let lengths: AnswerLengths

    func write(to page: inout HTMLText) {
        if lengths.answers == 0 { return }
        let lead: HTMLMarkup = """
            Half of the answers have up to \(PageNumber.count(lengths.quantile(0.5))) characters, 95 % up to \
            \(PageNumber.count(lengths.quantile(0.95))); the longest has \(PageNumber.count(lengths.quantile(1))).
            """
        page.section("Length of answers", lead) { draw(Bins(lengths, columns: Self.columns), to: &$0) }
    }

    private func draw(_ bins: Bins, to page: inout HTMLText) {
        let top = bins.columns.map(\.all).max() ?? 1
        func size(_ count: Int) -> Int {
            count == 0 ? 0 : max(1, Int((Self.height * Double(count) / Double(top)).rounded()))
        }
        let floor = 8 + Int(Self.height)
        // A gap before the tail.
        let places = Double(bins.columns.count) + (bins.hasTail ? 0.5 : 0)
        page.chart(
            axis: [(8, PageNumber.count(top)), (floor, "0")], height: floor + 24,
            label: "how many answers have which length"
        ) { page in
            for (index, column) in bins.columns.enumerated() where column.all > 0 {
                let isTail = bins.hasTail && index == bins.columns.count - 1
                let place = (Double(index) + (isTail ? 0.5 : 0)) / places
                let (good, bad) = (size(column.good), size(column.defective))
                page.markup("<g><title>\(bins.name(of: index)) characters: \(PageNumber.count(column.good)) good, ")
                page.markup("\(PageNumber.count(column.defective)) defective</title>")
                for (color, count, y) in [("answered", good, floor - good), ("defective", bad, floor - good - bad)]
                where count > 0 {
                    page.markup(
                        """
                        <rect class="\(color)" x="\(percent: place + 0.06 / places)" y="\(y)" \
                        width="\(percent: 0.88 / places)" height="\(count)"/>
                        """)
                }
                page.markup("</g>")
            }
            for (index, kind) in bins.labels {
                let place = Double(index) / places
                page.markup(
                    """
                    <text class="\(kind)" x="\(percent: place)" y="\(floor + 18)">\
                    \(PageNumber.count(bins.edge(index)))</text>
                    """)
            }
            if bins.hasTail { page.markup("<text class=\"end\" x=\"100%\" y=\"\(floor + 18)\">more</text>") }
        }
        page.markup(
            """
            <ul class="legend"><li><b class="answered"></b>good</li><li><b class="defective"></b>defective</li>\
            <li>characters of text, to the right</li></ul>
            """)
    }
}

/// Columns of equal width over the lengths that 99 in 100 answers have.
private struct Bins {
    struct Column {
        var good = 0
        var defective = 0
        var all: Int { good + defective }
    }

    let start: Int
    let width: Int
    let hasTail: Bool
    private(set) var columns: [Column]

    init(_ lengths: AnswerLengths, columns count: Double) {
        let (low, high) = (lengths.quantile(0), lengths.quantile(0.99))
        // From zero, unless all are far from it.
        let from = low * 3 < high ? 0 : low
        width = max(1, Int(PageNumber.roundedUp(Double(high - from + 1) / count).rounded(.up)))
        start = from / width * width
        let within = (high - start) / width + 1
        hasTail = lengths.quantile(1) >= start + within * width
        columns = Array(repeating: Column(), count: within + (hasTail ? 1 : 0))
        for (characters, count) in lengths.buckets {
            let column = min((characters - start) / width, columns.count - 1)
            columns[column].good += count.good
            columns[column].defective += count.defective
        }
    }

    private var within: Int { columns.count - (hasTail ? 1 : 0) }

    func edge(_ index: Int) -> Int { start + index * width }

    func name(of index: Int) -> String {
        let from = PageNumber.count(edge(index))
        if hasTail && index == columns.count - 1 { return "\(from) or more" }
        return width == 1 ? from : "\(from) to \(PageNumber.count(edge(index + 1) - 1))"
    }

    /// Edges that have their length below, and how it stands there.
    var labels: [(index: Int, kind: HTMLMarkup)] {
        let step = max(1, (within + 3) / 4)
        var labels = stride(from: 0, to: within, by: step).map { ($0, $0 == 0 ? "start" as HTMLMarkup : "mid") }
        if let last = labels.last, (within - last.0) * 2 >= step || labels.count == 1 {
            labels.append((within, hasTail ? "mid" : "end"))
        }
        return labels
    }
}
