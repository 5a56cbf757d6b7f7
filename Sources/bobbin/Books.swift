import BatchCore
import Daemon
import DurableFiles
import Ledgers
import Pipeline
import Spooling

/// The books as a command reads them, without changing them.
enum Books {
    /// The budget of one day, replayed from its file; the day is open in it, also where it has no file yet.
    static func today(_ spool: Spool, _ policies: Policies, _ day: CivilDate) throws -> Budget {
        try history(spool, policies, day).budget
    }

    static func history(_ spool: Spool, _ policies: Policies, _ day: CivilDate) throws -> BudgetHistory {
        var history = BudgetHistory(policy: policies.budget)
        let file = BudgetFile(day, in: spool.budget)
        if let content = try file.read(), !content.records.isEmpty {
            try history.replay(content.records, of: file)
        } else {
            let open = BudgetRecord.open(
                at: WallClock.now(), day: day, timeZone: policies.budget.timeZone, cap: policies.budget.day)
            try history.replay([open], of: file)
        }
        return history
    }

    /// Why nothing is spent on a day until its file is adopted; nil: its file is in order, or the day has not begun.
    static func doubt(_ spool: Spool, _ day: CivilDate) throws -> String? {
        let file = BudgetFile(day, in: spool.budget)
        do throws(LedgerError) {
            _ = try file.read(knowing: try OpenedDays.states(in: spool.openedDays))
            return nil
        } catch {
            if case .file = error { throw error }
            return error.description
        }
    }

    static func write(_ book: Budget.Day, of day: CivilDate, to writer: inout JSONWriter) {
        writer.member("day", day.description)
        writer.member("cap_usd", book.cap.usd?.decimal)
        writer.member("spent_usd", book.spent.usd.decimal)
        writer.member("reserved_usd", book.reserved.usd.decimal)
        writer.member("unknown_usd", book.unknown.usd.decimal)
        if let tokens = book.cap.tokens {
            writer.member("cap_tokens", tokens)
        } else {
            writer.member("cap_tokens", raw: "null".utf8)
        }
        writer.member("tokens", book.spent.tokens + book.unknown.tokens)
    }
}
