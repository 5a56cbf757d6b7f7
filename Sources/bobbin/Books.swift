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
        let file = BudgetFile(day, in: spool.budget)
        return try history(policies, file, file.read()).budget
    }

    /// One day, of which a file may be as large as what was spent on it: it is read once.
    /// - Returns: why nothing is spent until it is adopted (nil: it is in order, or has not begun), or its history.
    static func history(
        _ spool: Spool, _ policies: Policies, _ day: CivilDate
    ) throws -> (history: BudgetHistory, doubt: String?) {
        let file = BudgetFile(day, in: spool.budget)
        switch try content(of: file, spool) {
        case .success(let content): return (try history(policies, file, content), nil)
        case .failure(let doubt): return (BudgetHistory(policy: policies.budget), doubt.description)
        }
    }

    /// Why nothing is spent on a day until its file is adopted; nil: its file is in order, or the day has not begun.
    static func doubt(_ spool: Spool, _ day: CivilDate) throws -> String? {
        switch try content(of: BudgetFile(day, in: spool.budget), spool) {
        case .success: nil
        case .failure(let doubt): doubt.description
        }
    }

    /// The same of yesterday, whose doubt stops all as well: by what is on record, without reading a sound file.
    static func doubtOfYesterday(_ spool: Spool, today: CivilDate) throws -> String? {
        let yesterday = today.yesterday
        guard let state = try OpenedDays.states(in: spool.openedDays)[yesterday] else { return nil }
        let isThere = try FileFacts(at: BudgetFile(yesterday, in: spool.budget).path) != nil
        return state == .opened && isThere ? nil : try doubt(spool, yesterday)
    }

    private static func content(
        of file: BudgetFile, _ spool: Spool
    ) throws -> Result<BudgetFile.Content?, LedgerError> {
        do throws(LedgerError) {
            return .success(try file.read(knowing: try OpenedDays.states(in: spool.openedDays)))
        } catch {
            if case .file = error { throw error }
            return .failure(error)
        }
    }

    private static func history(
        _ policies: Policies, _ file: BudgetFile, _ content: BudgetFile.Content?
    ) throws -> BudgetHistory {
        var history = BudgetHistory(policy: policies.budget)
        if let content, !content.records.isEmpty {
            try history.replay(content.records, of: file)
        } else {
            let open = BudgetRecord.open(
                at: WallClock.now(), day: file.day, timeZone: policies.budget.timeZone, cap: policies.budget.day)
            try history.replay([open], of: file)
        }
        return history
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
