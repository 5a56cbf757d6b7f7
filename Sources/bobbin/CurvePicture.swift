import BatchCore
import Gates

/// The curves of the three plans as one SVG that needs nothing from elsewhere: how likely a shard is accepted, and
/// below it how many answers are looked at, both over its share of defective ones.
struct CurvePicture {
    private let curves: [PlanCurve]
    private let chosen: SamplePolicy.Plan
    private let policy: SamplePolicy
    private let lot: Int
    private let lastRate: Double

    private static let colours: [SamplePolicy.Plan: String] = [
        .single: "#1b6ca8", .double: "#b3541e", .sequential: "#2e7d32",
    ]
    private static let dashes: [SamplePolicy.Plan: String] = [.single: "none", .double: "9 4", .sequential: "2 4"]

    init(_ curves: [PlanCurve], chosen: SamplePolicy.Plan, _ policy: SamplePolicy) {
        self.curves = curves
        self.chosen = chosen
        self.policy = policy
        lot = curves.first?.plan.lot ?? 0
        lastRate = max(curves.first?.points.last?.rate ?? 1, 1e-9)
    }

    var svg: String {
        let samples = curves.map(\.dearest).max() ?? 1
        let acceptance = PicturePanel(left: 80, top: 90, width: 600, height: 280, most: 1)
        let cost = PicturePanel(left: 80, top: 440, width: 600, height: 160, most: PicturePanel.roundedUp(samples))
        return """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 680" width="720" height="680" \
            font-family="sans-serif" font-size="13" fill="#222">
            <title>Operating characteristic of the sampling plans for a shard of \(lot) answers</title>
            <rect width="720" height="680" fill="#fff"/>
            <text x="80" y="30" font-size="17">Sampling plans for a shard of \(lot) answers</text>
            \(legend)
            \(axes(acceptance, title: "probability of acceptance") { percent(1 - Double($0) / 4, places: 0) })
            \(axes(cost, title: "answers looked at") { decimal(cost.most * (1 - Double($0) / 4), places: 0) })
            \(mark(acceptance, curves.first?.acceptable.rate ?? 0, 1 - policy.alpha, "acceptable"))
            \(mark(acceptance, curves.first?.rejectable.rate ?? 0, policy.beta, "rejectable"))
            \(lines(acceptance) { $0.course.acceptance })
            \(lines(cost) { $0.course.averageSample })
            <text x="380" y="660" text-anchor="middle">share of defective answers in the shard</text>
            </svg>

            """
    }

    private var legend: String {
        curves.enumerated().map { index, curve in
            let x = 80 + 200 * index
            let weight = curve.plan.kind == chosen ? " font-weight=\"bold\"" : ""
            let words = "\(curve.plan.kind.rawValue) (at most \(curve.plan.largestSample))"
            return """
                <line x1="\(x)" y1="54" x2="\(x + 36)" y2="54" \(stroke(curve.plan.kind))/>\
                <text x="\(x + 44)" y="58"\(weight)>\(words)</text>
                """
        }.joined(separator: "\n")
    }

    private func stroke(_ kind: SamplePolicy.Plan) -> String {
        "stroke=\"\(Self.colours[kind] ?? "#000")\" stroke-width=\"\(kind == chosen ? 3 : 1.5)\" "
            + "stroke-dasharray=\"\(Self.dashes[kind] ?? "none")\" fill=\"none\""
    }

    /// Five grid lines either way; the first across is the upper one.
    private func axes(_ panel: PicturePanel, title: String, _ label: (Int) -> String) -> String {
        var parts: [String] = []
        for step in 0...4 {
            let share = Double(step) / 4
            let (x, y) = (pixels(panel.x(share)), pixels(panel.top + panel.height * share))
            let (top, bottom) = (pixels(panel.top), pixels(panel.bottom))
            parts.append(
                """
                <line x1="80" y1="\(y)" x2="680" y2="\(y)" stroke="#ddd"/>\
                <text x="72" y="\(y)" dy="4" text-anchor="end">\(label(step))</text>\
                <line x1="\(x)" y1="\(top)" x2="\(x)" y2="\(bottom)" stroke="#ddd"/>\
                <text x="\(x)" y="\(pixels(panel.bottom + 18))" text-anchor="middle">\
                \(percent(share * lastRate, places: 1))</text>
                """)
        }
        let middle = pixels(panel.top + panel.height / 2)
        parts.append(
            "<text transform=\"translate(20 \(middle)) rotate(-90)\" text-anchor=\"middle\">\(title)</text>")
        return parts.joined(separator: "\n")
    }

    /// Where a promise stands: the curve passes above it, or below it.
    private func mark(_ panel: PicturePanel, _ rate: Double, _ probability: Double, _ name: String) -> String {
        let (x, y) = (panel.x(rate / lastRate), panel.y(probability))
        let words = "\(name): \(percent(probability, places: 0)) \(name == "acceptable" ? "or more" : "or less")"
        return """
            <line x1="\(pixels(x))" y1="\(pixels(panel.top))" x2="\(pixels(x))" \
            y2="\(pixels(panel.bottom))" stroke="#777" stroke-dasharray="3 3"/>\
            <circle cx="\(pixels(x))" cy="\(pixels(y))" r="4" fill="#777"/>\
            <text x="\(pixels(x + 8))" y="\(pixels(panel.top - 8))" fill="#555">\(words)</text>
            """
    }

    private func lines(_ panel: PicturePanel, _ value: (PlanCurve.Point) -> Double) -> String {
        curves.map { curve in
            let points = curve.points.map { point in
                "\(pixels(panel.x(point.rate / lastRate))),\(pixels(panel.y(value(point))))"
            }
            return "<polyline points=\"\(points.joined(separator: " "))\" \(stroke(curve.plan.kind))/>"
        }.joined(separator: "\n")
    }

}

private func percent(_ share: Double, places: Int) -> String { "\(decimal(share * 100, places: places)) %" }
