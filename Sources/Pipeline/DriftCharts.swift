import BatchCore
package import Gates
package import Ledgers

/// What is charted by itself.
package struct DriftSeries: Hashable, Sendable {
    package let lane: String
    package let model: String
    package let prompt: String
}

/// The charts of all series, as a value: the daemon's and those of `bobbin report --drift` come from the same records.
package struct DriftCharts: Sendable {
    /// So many series are charted; beyond, those that had no answer for longest are given up.
    package static let most = 1000

    private var entries: [DriftSeries: (chart: DriftChart, lastUsed: Int)] = [:]
    private var turn = 0

    package init() {}

    /// - Returns: the series that have left their bounds with this, or are back within them.
    package mutating func add(_ record: DriftRecord, _ policies: Policies) -> [(DriftSeries, DriftChart.Change)] {
        turn += 1
        let policy = policies.gates[record.lane].policy
        var changes: [(DriftSeries, DriftChart.Change)] = []
        for count in record.counts {
            let series = DriftSeries(lane: record.lane, model: count.model, prompt: count.prompt)
            var chart =
                entries[series]?.chart
                ?? DriftChart(acceptable: policy.sample.acceptable, rejectable: policy.sample.rejectable)
            let change = chart.add(day: record.day, checked: count.checked, defects: count.defects)
            entries[series] = (chart, turn)
            if let change { changes.append((series, change)) }
        }
        if entries.count > Self.most {
            let kept = entries.sorted { $0.value.lastUsed > $1.value.lastUsed }.prefix(Self.most)
            entries = Dictionary(uniqueKeysWithValues: kept.map { ($0.key, $0.value) })
        }
        return changes
    }

    /// By lane, model and prompt.
    package var inOrder: [(series: DriftSeries, chart: DriftChart)] {
        entries.map { ($0.key, $0.value.chart) }.sorted {
            ($0.series.lane, $0.series.model, $0.series.prompt) < ($1.series.lane, $1.series.model, $1.series.prompt)
        }
    }
}
