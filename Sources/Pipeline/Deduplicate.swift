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
    ///   - isRetry, now: see `Lane.disposition`.
    package func deduplicated(_ recalled: [Memory?], isRetry: Bool, lane: Lane, now: Timestamp) -> Deduplication {
        var result = Deduplication()
        var firsts: [RequestKey: Int] = [:]
        for (entry, memory) in zip(entries, recalled) {
            if let first = firsts[entry.request.key], !lane.asksAnew(entry.request) {
                result.duplicates[entry.line] = first
                continue
            }
            firsts[entry.request.key] = entry.line
            let disposition = lane.disposition(of: entry.request, memory: memory, isRetry: isRetry, at: now)
            result.lines.append(
                ShardPlanner.Line(
                    number: entry.line, kind: entry.request.kind, bytes: entry.length,
                    worstCase: entry.request.worstCase, disposition: disposition))
        }
        return result
    }
}
