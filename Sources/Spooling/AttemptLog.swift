package import BatchCore
package import DurableFiles
package import SystemPackage

/// `attempts.jsonl` of a job: one line before the first byte of each attempt, one when an attempt's money is gone without
/// an answer. After a crash it tells what was in flight, so that this, and no more, is charged as unknown.
package actor AttemptLog {
    /// An attempt on one line.
    package struct Attempt: Equatable, Sendable {
        package let line: Int
        package let shard: Int
        /// Of the reservation that pays.
        package let round: Int

        package init(line: Int, shard: Int, round: Int) {
            self.line = line
            self.shard = shard
            self.round = round
        }
    }

    /// Sent, and no answer seen: its worst case is charged.
    package struct Unknown: Equatable, Sendable {
        package let attempt: Attempt
        package let charged: Amount
        package let reason: String
    }

    private let log: AppendLog
    private var history: History

    /// - Throws: `JobDamage` for a bad line in the middle.
    package init(_ path: FilePath) throws {
        let content = try Self.read(path)
        history = content.history
        log = try AppendLog(opening: path, create: true, truncatingTo: content.exists ? content.wholeBytes : nil)
    }

    /// When this returns, the attempt outlives a crash, and its first byte may go out.
    package func begin(_ attempt: Attempt) async throws(FileError) {
        history.add(attempt)
        _ = log.appendLazily(Self.line(attempt))
        try await log.commit()
    }

    /// Books an attempt whose outcome is not known. Durable when it returns.
    package func endUnknown(_ attempt: Attempt, charged: Amount, because reason: String) async throws(FileError) {
        let unknown = Unknown(attempt: attempt, charged: charged, reason: reason)
        history.add(unknown)
        _ = log.appendLazily(Self.line(attempt, unknown))
        try await log.commit()
    }

    /// The attempts of a shard that began last for their line and have neither an end here nor an outcome.
    package func inFlight(in shard: Int, withOutcome: (Int) -> Bool) -> [Attempt] {
        history.unended.values.filter { $0.shard == shard && !withOutcome($0.line) }.sorted { $0.line < $1.line }
    }

    /// What a reservation of a shard has lost to attempts without an answer.
    package func unknown(in shard: Int, round: Int) -> Amount {
        history.charged[shard]?[round] ?? .zero
    }

    /// The same over all reservations of a shard.
    package func unknown(in shard: Int) -> Amount {
        (history.charged[shard] ?? [:]).values.reduce(.zero, +)
    }

    package func attempts(of line: Int) -> Int { history.attempts[line] ?? 0 }

    /// Attempts altogether, and those that were not the first of their line.
    package var totals: (attempts: Int, retried: Int) {
        let attempts = history.attempts.values.reduce(0, +)
        return (attempts, attempts - history.attempts.count)
    }

    package func close() async throws(FileError) {
        try await log.close()
    }

    private static func line(_ attempt: Attempt, _ unknown: Unknown? = nil) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("line", attempt.line)
            writer.member("shard", attempt.shard)
            writer.member("round", attempt.round)
            if let unknown {
                writer.member("end", "unknown")
                writer.member("usd", unknown.charged.usd.decimal)
                writer.member("tokens", unknown.charged.tokens)
                writer.member("reason", unknown.reason)
            }
        }
        return writer.bytes + [UInt8(ascii: "\n")]
    }

    private struct Content {
        var history = History()
        var wholeBytes = 0
        var exists = false
    }

    private static func read(_ path: FilePath) throws -> Content {
        guard try FileFacts(at: path) != nil else { return Content() }
        var content = Content(exists: true)
        let tail = try TornTail.wholeBytes(of: path) { line in
            let value: JSONValue
            do { value = try JSONValue(parsing: line.indices.map { line[$0] }) } catch { return false }
            guard let number = value["line"]?.int, let shard = value["shard"]?.int, let round = value["round"]?.int else {
                return false
            }
            let attempt = Attempt(line: number, shard: shard, round: round)
            guard value["end"] != nil else {
                content.history.add(attempt)
                return true
            }
            guard let usd = value["usd"]?.string.flatMap({ Money(decimal: $0) }), let tokens = value["tokens"]?.int else {
                return false
            }
            content.history.add(
                Unknown(
                    attempt: attempt, charged: Amount(usd: usd, tokens: tokens), reason: value["reason"]?.string ?? ""))
            return true
        }
        switch tail {
        case .whole(let bytes): content.wholeBytes = bytes
        case .torn(let bytes, _): content.wholeBytes = bytes
        case .damaged(_, let line): throw JobDamage(file: path, reason: "line \(line) is no attempt")
        }
        return content
    }

    /// What the lines say, summed up.
    private struct History {
        var attempts: [Int: Int] = [:]
        /// The last attempt of each line, unless it ended here.
        var unended: [Int: Attempt] = [:]
        /// By shard and round.
        var charged: [Int: [Int: Amount]] = [:]

        mutating func add(_ attempt: Attempt) {
            attempts[attempt.line, default: 0] += 1
            unended[attempt.line] = attempt
        }

        mutating func add(_ unknown: Unknown) {
            let attempt = unknown.attempt
            if unended[attempt.line] == attempt { unended[attempt.line] = nil }
            charged[attempt.shard, default: [:]][attempt.round, default: .zero] += unknown.charged
        }
    }
}
