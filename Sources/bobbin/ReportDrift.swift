import BatchCore
import Daemon
import Gates
import Ledgers
import Pipeline
import Spooling

/// `bobbin report --drift`: the control charts, from the same records as the daemon's.
struct ReportDrift {
    private let charts: DriftCharts

    /// - Throws: `LedgerError.damaged`: the next start of the daemon makes the file anew.
    init(_ spool: Spool, _ policies: Policies) throws {
        var charts = DriftCharts()
        try DriftBook.read(spool.drift) { _ = charts.add($0, policies) }
        self.charts = charts
    }

    var picture: String { DriftPicture(charts.inOrder).svg }

    var json: String {
        var writer = JSONWriter()
        writer.object { writer in
            writer.array("series") { writer in
                for (series, chart) in charts.inOrder { writer.object { write(series, chart, to: &$0) } }
            }
        }
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    private func write(_ series: DriftSeries, _ chart: DriftChart, to writer: inout JSONWriter) {
        writer.member("lane", series.lane)
        writer.member("model", series.model)
        writer.member("prompt", series.prompt)
        writer.member("out", chart.isOut)
        writer.object("cusum") { writer in
            writer.member("sum", chart.sum)
            writer.member("threshold", chart.cusum.threshold)
            writer.member("weight", chart.cusum.weight)
        }
        writer.array("days") { writer in
            for day in chart.days {
                writer.object { writer in
                    writer.member("day", day.day.description)
                    writer.member("checked", day.checked)
                    writer.member("defects", day.defects)
                    writer.member("base", day.base)
                    writer.member("limit", day.limit)
                    writer.member("sum", day.sum)
                }
            }
        }
    }

    /// A row a series, its newest day last.
    var lines: [String] {
        if charts.inOrder.isEmpty { return ["no answer has been judged yet"] }
        let head = ["lane", "model", "prompt", "days", "answers", "defective", "last day", "limit", "cusum", "state"]
        let rows = charts.inOrder.map { series, chart in
            let checked = chart.days.reduce(0) { $0 + $1.checked }
            let defects = chart.days.reduce(0) { $0 + $1.defects }
            let last = chart.days.last
            return [
                series.lane, Terminal.printable(series.model), series.prompt, "\(chart.days.count)", "\(checked)",
                "\(defects)",
                last.map { "\($0.defects) of \($0.checked)" } ?? "", last.map { "\($0.limit)" } ?? "",
                "\(chart.sum) of \(chart.cusum.threshold)", chart.isOut ? "out" : "in control",
            ]
        }
        return Terminal.table([head] + rows)
    }
}
