import BatchCore
import Daemon
import Gates
import Pipeline

/// The control charts as one SVG that needs nothing from elsewhere: for each series the share of defective answers of
/// each day with its limit, and beside it the cumulative sum with its threshold, all over the same days.
struct DriftPicture {
    /// So many series are drawn: those that are out first, then those with the most answers.
    static let most = 12

    private let shown: [(series: DriftSeries, chart: DriftChart)]
    private let all: Int
    /// Since the epoch.
    private let days: ClosedRange<Int>

    init(_ charts: [(series: DriftSeries, chart: DriftChart)]) {
        func answers(_ chart: DriftChart) -> Int { chart.days.reduce(0) { $0 + $1.checked } }
        shown = Array(
            charts.sorted { ($0.chart.isOut ? 1 : 0, answers($0.chart)) > ($1.chart.isOut ? 1 : 0, answers($1.chart)) }
                .prefix(Self.most))
        all = charts.count
        let seen = shown.flatMap { $0.chart.days.map(\.day.daysSinceEpoch) }
        days = (seen.min() ?? 0)...(seen.max() ?? 0)
    }

    private static let rowHeight = 230.0

    var svg: String {
        let height = Int(110 + Self.rowHeight * Double(max(shown.count, 1)))
        let rows = shown.enumerated().map { row($1.series, $1.chart, top: 100 + Self.rowHeight * Double($0)) }
        let rest = all > shown.count ? ", \(shown.count) of \(all)" : ""
        let none = "<text x=\"60\" y=\"130\">no answer has been judged yet</text>"
        return """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 960 \(height)" width="960" height="\(height)" \
            font-family="sans-serif" font-size="13" fill="#222">
            <title>Control charts of what the gate finds</title>
            <rect width="960" height="\(height)" fill="#fff"/>
            <text x="60" y="30" font-size="17">What the gate finds, by lane, model and prompt\(rest)</text>
            \(legend)
            \(shown.isEmpty ? none : rows.joined(separator: "\n"))
            </svg>

            """
    }

    private var legend: String {
        """
        <circle cx="66" cy="54" r="3.5" fill="\(Colour.good)"/><text x="76" y="58">a day</text>\
        <circle cx="136" cy="54" r="3.5" fill="\(Colour.out)"/><text x="146" y="58">out of its bounds</text>\
        <line x1="280" x2="306" y1="54" y2="54" \(Colour.limit)/>\
        <text x="314" y="58">limit: reached by chance on one day in \(Int((1 / DriftChart.dayRisk).rounded()))</text>\
        <line x1="640" x2="666" y1="54" y2="54" \(Colour.base)/><text x="674" y="58">rate of the days before</text>
        """
    }

    private enum Colour {
        static let good = "#1b6ca8"
        static let out = "#b4291d"
        static let limit = "stroke=\"#b4291d\" stroke-width=\"1.5\" stroke-dasharray=\"6 4\" fill=\"none\""
        static let base = "stroke=\"#777\" stroke-dasharray=\"2 3\" fill=\"none\""
        static let course = "stroke=\"#1b6ca8\" stroke-opacity=\"0.5\" fill=\"none\""
    }

    private func row(_ series: DriftSeries, _ chart: DriftChart, top: Double) -> String {
        let name = "\(series.lane) · \(series.model) · \(series.prompt)"
        let state = chart.isOut ? "out" : "in control"
        return """
            <text x="60" y="\(pixels(top - 4))" font-weight="bold">\(escaped(name))</text>\
            <text x="940" y="\(pixels(top - 4))" text-anchor="end" \
            fill="\(chart.isOut ? Colour.out : "#2e7d32")">\(state)</text>
            \(days(of: chart, top: top + 28))
            \(sum(of: chart, top: top + 28))
            """
    }

    /// The p-chart: percentages of each day.
    private func days(of chart: DriftChart, top: Double) -> String {
        let rates = chart.days.map { 100 * Double($0.defects) / Double($0.checked) }
        let limits = chart.days.map { 100 * Double($0.limit) / Double($0.checked) }
        // Of a day with few answers the limit is far above all that was seen.
        let highest = max(rates.max() ?? 0, min(limits.max() ?? 0, 3 * (limits.min() ?? 0))) * 1.1
        let panel = PicturePanel(left: 60, top: top, width: 420, height: 140, most: PicturePanel.roundedUp(highest))
        let points = zip(chart.days, rates).map { day, rate in
            point(
                panel, day.day, rate, isOut: day.isOut,
                "\(day.day): \(day.defects) of \(day.checked) defective, limit \(day.limit)")
        }
        return [
            axes(panel, title: "defective answers of a day") { "\(decimal($0, places: $0 == $0.rounded() ? 0 : 1)) %" },
            line(panel, chart.days, limits, Colour.limit),
            line(panel, chart.days, chart.days.map { 100 * $0.base }, Colour.base),
            line(panel, chart.days, rates, Colour.course), points.joined(),
        ].joined(separator: "\n")
    }

    private func sum(of chart: DriftChart, top: Double) -> String {
        let threshold = chart.cusum.threshold
        let panel = PicturePanel(left: 550, top: top, width: 390, height: 140, most: Double(threshold) * 1.2)
        let sums = chart.days.map { Double($0.sum) }
        let y = pixels(panel.y(Double(threshold)))
        let points = chart.days.map { day in
            point(
                panel, day.day, Double(day.sum), isOut: day.sum >= threshold,
                "\(day.day): CUSUM \(day.sum) of \(threshold)")
        }
        return [
            axes(panel, title: "CUSUM behind each day; out at \(threshold)") { decimal($0, places: 0) },
            "<line x1=\"550\" x2=\"940\" y1=\"\(y)\" y2=\"\(y)\" \(Colour.limit)/>",
            line(panel, chart.days, sums, Colour.course), points.joined(),
        ].joined(separator: "\n")
    }

    /// Three grid lines across, the first and the last day below.
    private func axes(_ panel: PicturePanel, title: String, _ label: (Double) -> String) -> String {
        let (left, right) = (pixels(panel.left), pixels(panel.x(1)))
        let grid = [0, panel.most / 2, panel.most].map { value in
            let y = pixels(panel.y(value))
            return """
                <line x1="\(left)" x2="\(right)" y1="\(y)" y2="\(y)" stroke="#ddd"/>\
                <text x="\(pixels(panel.left - 6))" y="\(y)" dy="4" text-anchor="end" \
                font-size="11">\(label(value))</text>
                """
        }
        let below = pixels(panel.bottom + 18)
        let ends = [(days.lowerBound, left, "start"), (days.upperBound, right, "end")].prefix(days.count)
        let labels = ends.map { day, x, anchor in
            """
            <text x="\(x)" y="\(below)" text-anchor="\(anchor)" font-size="11">\
            \(CivilDate(daysSinceEpoch: day))</text>
            """
        }
        let caption = """
            <text x="\(left)" y="\(pixels(panel.top - 10))" fill="#555" font-size="12">\(title)</text>
            """
        return (grid + labels + [caption]).joined()
    }

    private func x(_ panel: PicturePanel, _ day: CivilDate) -> String {
        let share = Double(day.daysSinceEpoch - days.lowerBound) / Double(max(1, days.count - 1))
        // Within the panel, so that a point at its side is whole.
        return pixels(panel.x(0.01 + 0.98 * share))
    }

    private func line(_ panel: PicturePanel, _ days: [DriftChart.Day], _ values: [Double], _ stroke: String) -> String {
        let points = zip(days, values).map { "\(x(panel, $0.day)),\(pixels(panel.y($1)))" }
        return "<polyline points=\"\(points.joined(separator: " "))\" \(stroke)/>"
    }

    private func point(
        _ panel: PicturePanel, _ day: CivilDate, _ value: Double, isOut: Bool, _ words: String
    ) -> String {
        """
        <circle cx="\(x(panel, day))" cy="\(pixels(panel.y(value)))" r="\(isOut ? 4.5 : 3)" \
        fill="\(isOut ? Colour.out : Colour.good)"><title>\(words)</title></circle>
        """
    }

    /// Names come from files of others.
    private func escaped(_ text: String) -> String {
        SafeText.escaped(text).replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }
}
