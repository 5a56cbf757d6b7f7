import BatchCore

/// What `bobbin simulate` prints.
struct SimulationReport {
    let runs: [SimulatedRun]
    let overhead: Duration

    // MARK: For people

    var lines: [String] {
        guard let first = runs.first else { return [] }
        return runs.count == 1 ? single(first) : comparison
    }

    private func single(_ run: SimulatedRun) -> [String] {
        let result = run.result
        let head = [
            "lane", "jobs", "lines", "shards", "cost", "waiting: median", "90 %", "most", "to the end: median", "90 %",
            "most", "slots used", "parked: budget", "window", "deadlines missed", "unfinished",
        ]
        var lines = Terminal.table(
            [head]
                + (result.lanes + [result.total]).map { lane in
                    [
                        lane.lane ?? "all", "\(lane.jobs)", "\(lane.lines)", "\(lane.shards)", cost(lane.spent),
                        time(lane.waiting?.median), time(lane.waiting?.p90), time(lane.waiting?.most),
                        time(lane.turnaround?.median), time(lane.turnaround?.p90), time(lane.turnaround?.most),
                        percent(lane.utilisation), time(lane.parkedForBudget / .seconds(1)),
                        time(lane.parkedForWindow / .seconds(1)), "\(lane.deadlinesMissed)", "\(lane.unfinished)",
                    ]
                })
        lines += [
            "",
            "from the first arrival to the last end: \(time(result.span / .seconds(1)))",
            "set aside at a time, at the most: \(cost(result.mostReserved.usd)), \(result.mostReserved.tokens) tokens",
            "rejected and run again: \(result.total.rejectedShards) shards, \(result.total.redoneLines) lines",
        ]
        if result.total.refusedLines > 0 { lines.append("no cap can pay for \(result.total.refusedLines) lines") }
        for job in result.jobs.filter({ $0.endedAt == nil }).prefix(5) {
            lines.append("\(job.name) does not end: \(job.reason ?? "there is not enough time")")
        }
        if let crashes = result.crashes {
            lines.append(
                "crashes: \(decimal(crashes.count)) expected; they send \(decimal(crashes.linesRedone)) lines again, "
                    + "which costs up to $\(decimal(crashes.costUSD, digits: 4))")
        }
        return lines
    }

    private var comparison: [String] {
        let head = [
            "shard_lines", "concurrency", "shards", "cost", "waiting: median", "90 %", "most", "to the end: 90 %",
            "most",
            "all", "slots used", "set aside, most", "lines rejected", "again by crashes", "not judged, mean",
            "deadlines missed", "unfinished",
        ]
        return Terminal.table(
            [head]
                + runs.map { run in
                    let (result, total) = (run.result, run.result.total)
                    return [
                        run.shardLines.map(String.init) ?? "-", run.concurrency.map(String.init) ?? "-",
                        "\(total.shards)", cost(total.spent), time(total.waiting?.median), time(total.waiting?.p90),
                        time(total.waiting?.most), time(total.turnaround?.p90), time(total.turnaround?.most),
                        time(result.span / .seconds(1)), percent(total.utilisation), cost(result.mostReserved.usd),
                        "\(total.redoneLines)", result.crashes.map { decimal($0.linesRedone) } ?? "-",
                        decimal(result.unjudgedLines), "\(total.deadlinesMissed)", "\(total.unfinished)",
                    ]
                }) + ["", "a shard takes \(overhead / .milliseconds(1)) ms before its first request"]
    }

    /// `950 ms`, `12.5 s`, `3 min 20 s`, `13 h 5 min`, `2 d 3 h`.
    private func time(_ seconds: Double?) -> String {
        guard let seconds else { return "-" }
        if seconds == 0 { return "0" }
        if seconds < 1 { return "\(Int((seconds * 1000).rounded())) ms" }
        if seconds < 60 { return "\(decimal(seconds)) s" }
        let whole = Int(seconds.rounded())
        if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
        if whole < 86_400 { return "\(whole / 3600) h \(whole % 3600 / 60) min" }
        return "\(whole / 86_400) d \(whole % 86_400 / 3600) h"
    }

    private func percent(_ share: Double) -> String { "\(decimal(share * 100)) %" }

    private func decimal(_ number: Double, digits: Int = 1) -> String {
        let factor = (0..<digits).reduce(1.0) { power, _ in power * 10 }
        return "\((number * factor).rounded() / factor)"
    }

    /// To a hundredth of a cent, rounded up; the JSON is exact.
    private func cost(_ money: Money) -> String {
        let unit: Int128 = 100_000_000
        let units = (money.picodollars + unit - 1) / unit
        return Money(picodollars: units * unit).description
    }

    // MARK: For programs

    var json: String {
        var writer = JSONWriter()
        writer.object { writer in
            writer.array("runs") { writer in
                for run in runs { writer.object { write(run, to: &$0) } }
            }
        }
        return writer.text
    }

    private func write(_ run: SimulatedRun, to writer: inout JSONWriter) {
        let result = run.result
        if let lines = run.shardLines { writer.member("shard_lines", lines) }
        if let slots = run.concurrency { writer.member("concurrency", slots) }
        writer.member("span_seconds", (result.span / .seconds(1)).rounded6)
        writer.member("most_reserved_usd", result.mostReserved.usd.decimal)
        writer.member("most_reserved_tokens", result.mostReserved.tokens)
        writer.member("unjudged_lines", result.unjudgedLines.rounded6)
        if let crashes = result.crashes {
            writer.object("crashes") { writer in
                writer.member("expected", crashes.count.rounded6)
                writer.member("lines_redone", crashes.linesRedone.rounded6)
                writer.member("cost_usd", crashes.costUSD.rounded6)
            }
        }
        writer.array("lanes") { writer in
            for lane in result.lanes { writer.object { write(lane, to: &$0) } }
        }
        writer.object("total") { write(result.total, to: &$0) }
        writer.array("jobs") { writer in
            for job in result.jobs {
                writer.object { writer in
                    writer.member("name", job.name)
                    writer.member("lane", job.lane)
                    writer.member("arrived_at", job.arrivedAt.description)
                    writer.member("started_at", job.startedAt?.description)
                    writer.member("ended_at", job.endedAt?.description)
                    writer.member("deadline", job.deadline?.description)
                    writer.member("lines", job.lines)
                    writer.member("shards", job.shards)
                    writer.member("spent_usd", job.spent.decimal)
                    writer.member("reason", job.reason)
                }
            }
        }
    }

    private func write(_ lane: SimulationResult.LaneFigures, to writer: inout JSONWriter) {
        for (name, value) in lane.members {
            switch value {
            case .text(let text): writer.member(name, text)
            case .whole(let number): writer.member(name, number)
            case .number(let number): if let number { writer.member(name, number.rounded6) }
            }
        }
    }

    /// RFC 4180: a head, then one row for each run and lane; the lane of the sum of all is empty.
    var csv: [UInt8] {
        var rows: [[String]] = []
        for run in runs {
            for lane in run.result.lanes + [run.result.total] {
                let members = lane.members
                if rows.isEmpty { rows.append(["shard_lines", "concurrency"] + members.map(\.name)) }
                rows.append(
                    [run.shardLines.map(String.init) ?? "", run.concurrency.map(String.init) ?? ""]
                        + members.map { member in
                            switch member.value {
                            case .text(let text): Report.guarded(text ?? "")
                            case .whole(let number): "\(number)"
                            case .number(let number): number.map { "\($0.rounded6)" } ?? ""
                            }
                        })
            }
        }
        return rows.flatMap { Array(($0.map(Report.field).joined(separator: ",") + "\r\n").utf8) }
    }
}

extension Double {
    /// Millionths are enough for anybody, and hide what binary fractions leave.
    fileprivate var rounded6: Double { (self * 1_000_000).rounded() / 1_000_000 }
}

extension SimulationResult.LaneFigures {
    fileprivate enum Value {
        case text(String?)
        case whole(Int)
        case number(Double?)
    }

    /// Times are seconds.
    fileprivate var members: [(name: String, value: Value)] {
        [
            ("lane", .text(lane)), ("jobs", .whole(jobs)), ("unfinished", .whole(unfinished)), ("lines", .whole(lines)),
            ("shards", .whole(shards)), ("rejected_shards", .whole(rejectedShards)),
            ("redone_lines", .whole(redoneLines)), ("refused_lines", .whole(refusedLines)),
            ("spent_usd", .text(spent.decimal)), ("tokens", .whole(tokens)),
            ("waiting_median", .number(waiting?.median)), ("waiting_p90", .number(waiting?.p90)),
            ("waiting_most", .number(waiting?.most)), ("turnaround_median", .number(turnaround?.median)),
            ("turnaround_p90", .number(turnaround?.p90)), ("turnaround_most", .number(turnaround?.most)),
            ("utilisation", .number(utilisation)), ("parked_for_budget", .number(parkedForBudget / .seconds(1))),
            ("parked_for_window", .number(parkedForWindow / .seconds(1))),
            ("deadlines_missed", .whole(deadlinesMissed)),
        ]
    }
}
