package import BatchCore
import Gates
package import Ledgers

/// Step 5: which lines ask for what was asked before, in this file or earlier.
package struct Deduplication: Sendable {
    /// Requests that stand for themselves, in input order.
    package var lines: [ShardPlanner.Line] = []
    /// A line that stands again -> the first that asks for the same.
    package var duplicates: [Int: Int] = [:]

    package init() {}
}

extension Reading {
    /// - Parameters:
    ///   - recalled: what the hash log knows of each entry, in their order.
    ///   - isRetry: what was paid for before may be paid for again; an accepted answer is still reused.
    package func deduplicated(_ recalled: [Memory?], isRetry: Bool) -> Deduplication {
        var result = Deduplication()
        var firsts: [RequestKey: Int] = [:]
        for (entry, memory) in zip(entries, recalled) {
            if let first = firsts[entry.request.key] {
                result.duplicates[entry.line] = first
                continue
            }
            firsts[entry.request.key] = entry.line
            let disposition: ShardPlanner.Disposition =
                switch memory {
                case .accepted: .reused
                case .defect where !isRetry: .knownDefect
                default: .fresh
                }
            result.lines.append(
                ShardPlanner.Line(
                    number: entry.line, kind: entry.request.kind, bytes: entry.length,
                    worstCase: entry.request.worstCase, disposition: disposition))
        }
        return result
    }
}
