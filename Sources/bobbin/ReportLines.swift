import BatchCore
import Spooling

/// The report for a person.
extension Report {
    /// - Parameter inDetail: also what became of each shard.
    func lines(by grouping: ReportGrouping, inDetail: Bool) -> [String] {
        var lines: [String]
        switch grouping {
        case .job: lines = jobLines
        case .lane: lines = groupLines("lane", lanes.sorted)
        case .model: lines = groupLines("model", models.sorted)
        case .day: lines = dayLines
        }
        if inDetail { lines += jobs.flatMap { details($0.job) } }
        lines += trialLines
        lines += [""] + Terminal.table(figureRows)
        if !inDetail { lines += [""] + Terminal.table(comparison) }
        return lines
    }

    private var jobLines: [String] {
        var rows = [["job", "verdict", "lines", "answered", "reused", "failed", "refused", "spent", "unknown"]]
        for job in jobs.map(\.job) {
            func count(_ name: String) -> String { "\(job.report["lines"]?[name]?.int ?? 0)" }
            func usd(_ name: String) -> String { "$\(job.report["cost"]?[name]?.string ?? "0")" }
            rows.append([
                job.id.name, job.verdict, count("total"), count("answered"), count("reused"), count("failed"),
                count("refused"), usd("spent_usd"), usd("unknown_usd"),
            ])
        }
        return Terminal.table(rows)
    }

    private static let groupHeads = [
        "jobs", "lines", "accepted", "sent again", "reused", "sent back", "spent", "unknown", "per answer", "per line",
        "per 1,000 tokens", "without Bobbin",
    ]

    private func groupRow(_ group: FigureGroups.Group, spent: Money, unknown: Money) -> [String] {
        let figures = group.figures
        let name = group.name.isEmpty ? "(none)" : Terminal.printable(group.name)
        return [
            name, "\(group.jobs)", "\(figures.lines)", "\(figures.acceptedAnswers)", "\(figures.resentLines)",
            "\(figures.unsentLines)", "\(figures.reprocessedLines)", "\(spent)", "\(unknown)", "\(figures.unitCost)",
            "\(figures.costPerLine)", "\(figures.costPerThousandTokens)", "\(figures.costWithout)",
        ]
    }

    private func groupLines(_ kind: String, _ groups: [FigureGroups.Group]) -> [String] {
        let rows = groups.map { groupRow($0, spent: $0.figures.spent, unknown: $0.figures.unknown.usd) }
        return Terminal.table([[kind] + Self.groupHeads] + rows)
    }

    /// Money by the daily budget files: the other columns are of the jobs that were claimed on the day.
    private var dayLines: [String] {
        let rows = days.sorted.map { group in
            let book = books[group.name]
            return groupRow(
                group, spent: book?.spent.usd ?? group.figures.spent,
                unknown: book?.unknown.usd ?? group.figures.unknown.usd)
        }
        return Terminal.table([["day"] + Self.groupHeads] + rows)
            + ["spent and unknown are those of the daily budget file, all else of the jobs claimed on the day"]
    }

    private func details(_ job: FinishedJob) -> [String] {
        let head = ["", job.id.name, "  \(job.place)"]
        let reason = job.report["reason"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        let sentences = [reason, job.chainSentence, job.escalationSentence, job.judgeSentence, job.retrySentence]
        let more = sentences.compactMap { sentence in
            sentence.map { "  " + Terminal.printable($0) }
        }
        let shards = job.report["shards"]?.array ?? []
        return head + more + reviews(of: job)
            + shards.flatMap { [Terminal.printable("  " + sentence($0))] + evidence(of: $0) }
    }

    private func sentence(_ shard: JSONValue) -> String {
        let reasons = (shard["reasons"]?.array ?? []).compactMap(\.string).joined(separator: "; ")
        func count(_ name: String) -> Int { shard[name]?.int ?? 0 }
        return "shard \(count("shard")): \(shard["verdict"]?.string ?? ""), \(count("lines")) requests, "
            + "\(count("defects")) of \(count("checked")) defective, $\(shard["spent_usd"]?.string ?? "0") \(reasons)"
    }

    private var figureRows: [[String]] {
        let without = figures.without
        return [
            ["", "", "without Bobbin", ""],
            [
                "failure reprocessing rate", percent(figures.failureReprocessingRate),
                percent(figures.failureReprocessingRateWithout), "\(figures.resentLines) lines were sent again",
            ],
            [
                "duplicate request reduction rate", percent(figures.duplicateReductionRate), percent(0),
                "\(figures.unsentLines) of \(figures.lines) lines were not sent",
            ],
            [
                "reprocessing cases", "\(figures.reprocessedLines)", "\(without.reprocessedLines)",
                "lines, in \(figures.reprocessedShards) rejected shards",
            ],
            [
                "unit token cost", "\(figures.unitCost)", "\(figures.unitCostWithout)",
                "and \(rounded(figures.unitTokens)) tokens for each of \(figures.acceptedAnswers) accepted answers",
            ],
            ["cost", "\(figures.cost)", "\(figures.costWithout)", "the same input, estimated:"],
            ["", "", "+\(without.deduplication.usd)", "\(figures.unsentLines) duplicates"],
            ["", "", "+\(without.canary.usd)", "\(without.canaryLines) lines behind a rejected canary"],
            ["", "", "+\(without.caps.usd)", "\(without.capsLines) lines that a cap refused"],
            ["cost per line", "\(figures.costPerLine)", "", ""],
            ["cost per 1,000 tokens", "\(figures.costPerThousandTokens)", "", ""],
            ["budget exceeded", "\(figures.budgetExceeded)", "", "times that a cap stopped a job"],
        ]
    }

    private func percent(_ rate: Double) -> String { "\(rounded(rate * 100)) %" }

    private func rounded(_ number: Double) -> String { "\((number * 10).rounded() / 10)" }
}
