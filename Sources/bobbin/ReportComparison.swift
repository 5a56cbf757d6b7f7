import BatchCore
import Ledgers

/// Yesterday against today, of all jobs.
extension Report {
    var comparison: [[String]] {
        let (day, before) = (comparedDay, comparedDay.yesterday)
        let (now, then) = (allDays[day.description].figures, allDays[before.description].figures)
        let (book, bookBefore) = (books[day], books[before])
        let isToday = day == today
        return [
            ["", isToday ? "today" : "\(day)", isToday ? "yesterday" : "\(before)", "change"],
            counts("jobs", allDays[day.description].jobs, allDays[before.description].jobs),
            counts("lines", now.lines, then.lines),
            counts("accepted answers", now.acceptedAnswers, then.acceptedAnswers),
            money("spent, by the daily budget file", book?.spent.usd, bookBefore?.spent.usd),
            money("unknown, by the daily budget file", book?.unknown.usd, bookBefore?.unknown.usd),
            money("without Bobbin more by", now.without.total, then.without.total),
            rates("failure reprocessing rate", now.failureReprocessingRate, then.failureReprocessingRate),
            rates("duplicate request reduction rate", now.duplicateReductionRate, then.duplicateReductionRate),
            counts("reprocessing cases", now.reprocessedLines, then.reprocessedLines),
            money("unit token cost", now.unitCost, then.unitCost),
            counts("jobs stopped by a cap", stops[day] ?? 0, stops[before] ?? 0),
        ]
    }

    private func counts(_ name: String, _ now: Int, _ then: Int) -> [String] {
        [name, "\(now)", "\(then)", now > then ? "+\(now - then)" : "\(now - then)"]
    }

    /// nil: the day has no book.
    private func money(_ name: String, _ now: Money?, _ then: Money?) -> [String] {
        let (before, after) = (then ?? .zero, now ?? .zero)
        return [
            name, now?.description ?? "-", then?.description ?? "-",
            after >= before ? "+\(after - before)" : "-\(before - after)",
        ]
    }

    private func rates(_ name: String, _ now: Double, _ then: Double) -> [String] {
        let change = tenth(now) - tenth(then)
        return [name, "\(tenth(now)) %", "\(tenth(then)) %", "\(change > 0 ? "+" : "")\(tenth(change / 100)) points"]
    }

    /// Per cent, to one decimal.
    private func tenth(_ rate: Double) -> Double { (rate * 1000).rounded() / 10 }
}
