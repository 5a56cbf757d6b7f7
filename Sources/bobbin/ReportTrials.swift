import BatchCore
import Spooling

/// New models beside those of the routes on which they are tried.
extension Report {
    /// Of all jobs that are shown; none where nothing was tried.
    var trialLines: [String] {
        let trials = TrialReport.sums(of: jobs.flatMap(\.job.trials))
        return trials.isEmpty ? [] : [""] + trials.flatMap(\.text)
    }
}

extension FinishedJob {
    var trials: [TrialReport] { (report["trials"]?.array ?? []).compactMap { TrialReport($0) } }
}

extension TrialReport {
    /// For a person: a table of the two sides, and how far their defect rates are apart.
    var text: [String] {
        let head = [
            "trial on \(Terminal.printable(route))", "lines", "accepted", "defective", "failed", "spent", "unknown",
            "per answer", "tokens per answer",
        ]
        let table = Terminal.table([
            head, row(Terminal.printable(model), trial), row("the others", others),
        ])
        guard let difference else { return table }
        return table + [
            "defective answers of \(Terminal.printable(model)) less those of the others: \(percent(difference.rate)), "
                + "\(percent(difference.low)) to \(percent(difference.high)) (95 % confidence)"
        ]
    }

    private func row(_ name: String, _ side: Side) -> [String] {
        let figures = side.figures
        return [
            name, "\(figures.lines)", "\(figures.acceptedAnswers)", "\(side.defective) of \(figures.answered)",
            "\(figures.failed)", "\(figures.spent)", "\(figures.unknown.usd)", "\(figures.unitCost)",
            "\((figures.unitTokens * 10).rounded() / 10)",
        ]
    }

    private func percent(_ rate: Double) -> String {
        let rounded = (rate * 1000).rounded() / 10
        return "\(rounded > 0 ? "+" : "")\(rounded) %"
    }
}
