package import BatchCore
import DurableFiles
import Gates
import Ledgers
import Logging
package import Spooling
import SystemPackage

/// The control charts of all prompts: what the gate found in each job is added once, and what leaves its bounds is
/// told. It stops no job: trouble with its book is said, and the charts go on in memory.
package actor DriftWatch {
    private var charts = DriftCharts()
    private var book: DriftBook?
    /// What is to be read before the first record; nil: it was, or there is no book.
    private var unread: Unread?
    /// Jobs that are in the book and were still in processing/ when it was read: a crash came between the two.
    private var recorded: Set<String> = []
    private var hasFailed = false

    private struct Unread {
        let spool: Spool
        let policies: Policies
        let time: Timestamp
        let remark: @Sendable (String) -> Void
    }

    /// Without a book: what is seen is forgotten with the process.
    package init() {}

    /// `drift.jsonl`, made anew from what is known of the jobs where it is gone or damaged. It is read when it is first
    /// needed, not when a process starts.
    /// - Parameter remark: is told what was wrong, in words.
    package init(_ spool: Spool, _ policies: Policies, at time: Timestamp, remark: @escaping @Sendable (String) -> Void)
    {
        unread = Unread(spool: spool, policies: policies, time: time, remark: remark)
    }

    /// Reads the book, unless that was done.
    package func open() {
        guard let unread else { return }
        self.unread = nil
        do {
            let found = try Self.open(unread.spool, unread.policies, at: unread.time, unread.remark)
            (book, charts, recorded) = (found.book, found.charts, found.recorded)
        } catch {
            unread.remark("what is charted will not outlive the process: \(error)")
        }
    }

    private typealias Found = (book: DriftBook, charts: DriftCharts, recorded: Set<String>)

    private static func open(
        _ spool: Spool, _ policies: Policies, at time: Timestamp, _ remark: (String) -> Void
    ) throws -> Found {
        let open = Set(try spool.jobs().map(\.name))
        func read() throws(LedgerError) -> Found {
            var charts = DriftCharts()
            var recorded: Set<String> = []
            let book = try DriftBook(spool.drift) { record in
                _ = charts.add(record, policies)
                if open.contains(record.job) { recorded.insert(record.job) }
            }
            return (book, charts, recorded)
        }
        if try FileFacts(at: spool.drift) != nil {
            do throws(LedgerError) { return try read() } catch {
                guard case .damaged = error else { throw error }
                let kept = spool.root.appending("drift.jsonl.damaged-\(time.compact)")
                _ = try DurableFile.link(spool.drift, to: kept)
                remark("\(error); it is kept as \(kept.string) and made anew from what is known of the jobs")
            }
        }
        // A report that nobody can read is left out: `bobbin report` says so.
        let records = try spool.finishedReports(passing: { _ in }).compactMap {
            DriftRecord($0.report, policies.calendar)
        }
        try DriftBook.write(records, to: spool.drift)
        return try read()
    }

    /// Durable when it returns, unless that failed.
    func record(_ record: DriftRecord, _ policies: Policies, _ logger: Logger) async {
        open()
        guard !record.counts.isEmpty, recorded.insert(record.job).inserted else { return }
        do { try await book?.append(record) } catch {
            if !hasFailed { logger.warning("drift.remark", metadata: ["reason": "\(error)"]) }
            hasFailed = true
        }
        for (series, change) in charts.add(record, policies) {
            var facts: Logger.Metadata = [
                "lane": "\(series.lane)", "model": "\(series.model)", "prompt": "\(series.prompt)",
            ]
            switch change {
            case .left(let reason):
                facts["reason"] = "\(reason)"
                logger.warning("gate.drift", metadata: facts)
            case .returned: logger.notice("gate.in_control", metadata: facts)
            }
        }
    }

    /// The job has left processing/: it does not come again.
    func forget(_ job: String) { recorded.remove(job) }
}

extension DriftRecord {
    /// By report.json; nil where nothing was looked at, or an earlier version wrote it.
    init?(_ report: JSONValue, _ calendar: TimeZoneRules) {
        guard let job = report["job"]?.string, let lane = report["lane"]?.string,
            let claimed = report["times"]?["claimed"]?.string.flatMap({ Timestamp($0) })
        else { return nil }
        let counts = (report["prompts"]?.array ?? []).compactMap { PromptCount($0) }
        if counts.isEmpty { return nil }
        self.init(job: job, day: calendar.day(at: claimed), lane: lane, counts: counts)
    }
}
