import BatchCore
import Logging

/// Says when a threshold of a day is reached, and when a cap refuses: once in a process. What another process has said
/// already is known to whoever passes these events on.
struct BudgetWatch {
    private var said: Set<String> = []

    /// The larger share of the two caps counts.
    mutating func look(at book: Budget.Day, on day: CivilDate, thresholds: [Double], _ logger: Logger) {
        let settled = book.spent + book.unknown
        let share = max(
            Self.share(settled.usd.picodollars, of: book.cap.usd?.picodollars),
            Self.share(settled.tokens, of: book.cap.tokens))
        for threshold in thresholds where threshold <= share && said.insert("\(day) \(threshold)").inserted {
            logger.warning(
                "budget.threshold",
                metadata: [
                    "day": "\(day)", "threshold": "\(threshold)", "spent_usd": "\(settled.usd.decimal)",
                    "cap_usd": "\(book.cap.usd?.decimal ?? "none")", "tokens": "\(settled.tokens)",
                    "cap_tokens": "\(book.cap.tokens.map(String.init) ?? "none")",
                ])
        }
    }

    private static func share<Number: BinaryInteger>(_ settled: Number, of cap: Number?) -> Double {
        guard let cap, cap > 0 else { return 0 }
        return Double(settled) / Double(cap)
    }

    mutating func exhausted(_ refusal: BudgetRefusal, on day: CivilDate, _ logger: Logger) {
        let facts = refusal.facts(on: day)
        guard said.insert("\(facts)").inserted else { return }
        logger.tell(refusal, on: day)
    }
}

extension Logger {
    func tell(_ refusal: BudgetRefusal, on day: CivilDate) {
        var metadata: Logger.Metadata = ["reason": "\(refusal)"]
        for (name, value) in refusal.facts(on: day) { metadata[name] = "\(value)" }
        error("budget.exhausted", metadata: metadata)
    }
}

extension BudgetRefusal {
    /// What tells one exhaustion from another: which cap, of how much, on which day.
    fileprivate func facts(on day: CivilDate) -> [(String, String)] {
        var scope = scope.description
        if case .job(let job) = self.scope { scope = "the job \(job)" }
        let limits = [cap.usd.map { "\($0)" }, cap.tokens.map { "\($0) tokens" }].compactMap { $0 }
        return [("day", "\(day)"), ("scope", scope), ("cap", limits.joined(separator: ", "))]
    }
}
