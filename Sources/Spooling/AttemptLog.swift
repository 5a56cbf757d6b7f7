package import BatchCore
package import DurableFiles
import Synchronization
package import SystemPackage

/// `attempts.jsonl` of a job: one line before the first byte of each attempt, one when an attempt's money is gone
/// without an answer. After a crash it tells what was in flight, so that this, and no more, is charged as unknown.
package final class AttemptLog: Sendable {
    /// An attempt on one line.
    package struct Attempt: Equatable, Sendable {
        package let line: Int
        package let shard: Int
        /// Of the reservation that pays.
        package let round: Int
        /// What is charged if no answer is seen.
        package let worstCase: Amount
        /// That it is sent to.
        package let model: String

        package init(line: Int, shard: Int, round: Int, worstCase: Amount, model: String = "") {
            self.line = line
            self.shard = shard
            self.round = round
            self.worstCase = worstCase
            self.model = model
        }
    }

    private enum End: String {
        /// No answer was seen: the worst case is charged.
        case unknown
        /// Our own process ended meanwhile, which is not the line's fault: the worst case is charged.
        case interrupted
        /// Nothing was billed: it was answered with an error.
        case unbilled
        /// Provably no byte of it left: no server knows of it, and it is no attempt on the wire.
        case unsent
    }

    private let log: AppendLog
    private let history: Mutex<History>

    /// - Throws: `JobDamage` for a bad line in the middle.
    package init(_ path: FilePath) throws {
        let content = try Self.read(path)
        history = Mutex(content.history)
        log = try AppendLog(opening: path, create: true, truncatingTo: content.wholeBytes)
    }

    /// When this returns, the attempt outlives a crash, and its first byte may go out.
    package func begin(_ attempt: Attempt) async throws(FileError) {
        note(attempt)
        try await log.commit()
    }

    /// The same for the attempts of a batch, which go out together.
    package func begin(_ attempts: [Attempt]) async throws(FileError) {
        for attempt in attempts { note(attempt) }
        try await log.commit()
    }

    /// Lines stand in the file in the order in which the history took them.
    private func note(_ attempt: Attempt, _ end: End? = nil, _ reason: String = "") {
        let line = Self.line(attempt, end, reason)
        history.withLock { history in
            if let end { history.end(attempt, end) } else { history.begin(attempt) }
            _ = log.appendLazily(line)
        }
    }

    /// Makes what was noted durable.
    package func flush() async throws(FileError) { try await log.commit() }

    /// Books an attempt whose outcome is not known: its worst case is charged. Durable when it returns.
    package func endUnknown(_ attempt: Attempt, because reason: String) async throws(FileError) {
        note(attempt, .unknown, reason)
        try await log.commit()
    }

    /// The same for an attempt that was in flight when an earlier process ended.
    package func endInterrupted(_ attempt: Attempt) async throws(FileError) {
        note(attempt, .interrupted, "the daemon ended while it was in flight")
        try await log.commit()
    }

    /// Notes that an attempt cost nothing. Lost in a crash, it is charged as unknown: too much, never too little.
    package func endUnbilled(_ attempt: Attempt) {
        note(attempt, .unbilled)
    }

    /// The same where nothing was sent: it does not count as an attempt, whoever waits for a server that is not there.
    package func endUnsent(_ attempt: Attempt) {
        note(attempt, .unsent)
    }

    /// The attempts under one reservation that have neither an end here nor an outcome: in flight when a crash came.
    package func inFlight(in shard: Int, round: Int, hasOutcome: (Int) -> Bool) -> [Attempt] {
        history.withLock { Array($0.unended.values) }
            .filter { $0.shard == shard && $0.round == round && !hasOutcome($0.line) }
            .sorted { $0.line < $1.line }
    }

    /// What a file says, read without opening it for writing.
    package struct Summary: Sendable {
        /// What attempts without an answer have cost, by shard.
        package let unknown: [Int: Amount]
        /// The same by the model that they were sent to.
        package let unknownByModel: [String: Amount]
        /// The attempts that have no end in it, by line.
        package let unended: [Attempt]
    }

    /// - Returns: nothing where there is no file.
    package static func summary(of path: FilePath) throws -> Summary {
        let history = try read(path).history
        return Summary(
            unknown: history.charged.mapValues { $0.values.reduce(.zero, +) },
            unknownByModel: history.chargedByModel,
            unended: history.unended.values.sorted { $0.line < $1.line })
    }

    /// The last reservation of a shard under which something was sent; 0: none was.
    package func lastRound(of shard: Int) -> Int { history.withLock { $0.lastRound[shard] ?? 0 } }

    /// What a reservation of a shard has lost to attempts without an answer.
    package func unknown(in shard: Int, round: Int) -> Amount {
        history.withLock { $0.charged[shard]?[round] ?? .zero }
    }

    /// The same over all reservations of a shard.
    package func unknown(in shard: Int) -> Amount {
        history.withLock { $0.charged[shard] ?? [:] }.values.reduce(.zero, +)
    }

    package func attempts(of line: Int) -> Int { history.withLock { $0.attempts[line] ?? 0 } }

    /// Attempts on a line that were charged and brought no answer, interrupted ones left out.
    package func unknownAttempts(of line: Int) -> Int { history.withLock { $0.unknownAttempts[line] ?? 0 } }

    /// What all shards have lost to attempts without an answer, by the model that they were sent to.
    package var unknownByModel: [String: Amount] { history.withLock { $0.chargedByModel } }

    /// What each line has lost to attempts without an answer; lines that lost nothing are left out.
    package var unknownByLine: [Int: Amount] { history.withLock { $0.chargedByLine } }

    /// Attempts on each line that may have reached a server; a line without one is left out.
    package var attemptsByLine: [Int: Int] { history.withLock { $0.attempts } }

    package func close() async throws(FileError) {
        try await log.close()
    }

    private static func line(_ attempt: Attempt, _ end: End? = nil, _ reason: String = "") -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("line", attempt.line)
            writer.member("shard", attempt.shard)
            writer.member("round", attempt.round)
            writer.member("usd", attempt.worstCase.usd.decimal)
            writer.member("tokens", attempt.worstCase.tokens)
            if !attempt.model.isEmpty { writer.member("model", attempt.model) }
            if let end { writer.member("end", end.rawValue) }
            if !reason.isEmpty { writer.member("reason", reason) }
        }
        return writer.bytes + [UInt8(ascii: "\n")]
    }

    private static func read(_ path: FilePath) throws -> (history: History, wholeBytes: Int) {
        var history = History()
        let tail = try TornTail.wholeBytes(of: path) { line in
            guard let (attempt, end) = parse(line) else { return false }
            if let end { history.end(attempt, end) } else { history.begin(attempt) }
            return true
        }
        return (history, try tail.wholeBytes { JobDamage(file: path, reason: "line \($0) is no attempt") })
    }

    private static func parse(_ line: Span<UInt8>) -> (Attempt, End?)? {
        let value: JSONValue
        do { value = try JSONValue(parsing: line.indices.map { line[$0] }) } catch { return nil }
        guard let number = value["line"]?.int, let shard = value["shard"]?.int, let round = value["round"]?.int,
            let usd = value["usd"]?.string.flatMap({ Money(decimal: $0) }), let tokens = value["tokens"]?.int
        else { return nil }
        let attempt = Attempt(
            line: number, shard: shard, round: round, worstCase: Amount(usd: usd, tokens: tokens),
            model: value["model"]?.string ?? "")
        return (attempt, value["end"]?.string.flatMap(End.init(rawValue:)))
    }

    /// What the lines say, summed up.
    private struct History: Sendable {
        var attempts: [Int: Int] = [:]
        var unknownAttempts: [Int: Int] = [:]
        /// The last attempt of each line, unless it ended here.
        var unended: [Int: Attempt] = [:]
        /// Charged as unknown, by shard and round.
        var charged: [Int: [Int: Amount]] = [:]
        var chargedByModel: [String: Amount] = [:]
        var chargedByLine: [Int: Amount] = [:]
        var lastRound: [Int: Int] = [:]

        mutating func begin(_ attempt: Attempt) {
            attempts[attempt.line, default: 0] += 1
            unended[attempt.line] = attempt
            lastRound[attempt.shard] = max(lastRound[attempt.shard] ?? 0, attempt.round)
        }

        mutating func end(_ attempt: Attempt, _ end: End) {
            if unended[attempt.line] == attempt { unended[attempt.line] = nil }
            switch end {
            case .unbilled: return
            case .unsent:
                let others = attempts[attempt.line, default: 1] - 1
                attempts[attempt.line] = others == 0 ? nil : others
                return
            case .unknown: unknownAttempts[attempt.line, default: 0] += 1
            case .interrupted: break
            }
            charged[attempt.shard, default: [:]][attempt.round, default: .zero] += attempt.worstCase
            chargedByModel[attempt.model, default: .zero] += attempt.worstCase
            chargedByLine[attempt.line, default: .zero] += attempt.worstCase
        }
    }
}
