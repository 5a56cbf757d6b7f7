package import BatchCore
import DurableFiles
import Ledgers
import SystemPackage

/// The pieces of a file put together in their order: line numbers, duplicates, shards. It sees every line once.
struct Assembly: ~Copyable {
    private let rules: ReadRules
    private let isRetry: Bool
    private let now: Timestamp
    private let keepsEntries: Bool
    private let limits: ShardPlanner.Limits
    private let scratch: FilePath
    private var result = PlannedReading()
    private var planner: ShardPlanner
    private var seen: SeenLines
    private var customIDs: RequestReader
    /// The custom_id of the line that was looked at last for having one twice.
    private var lastEarlier: (offset: Int, customID: String?)?
    private var lines = 0
    private static let linesLimit = Int(UInt32.max)
    private var isCut = false
    private var bad = 0
    /// Why the file is refused, whatever follows; nil: it may be good.
    private var stop: String?
    /// No line that can be sent is shorter, its end included: the names of its members alone are.
    private static let shortestRequestBytes = 32
    /// So many bad lines are listed in any case, so that what is said of a small file does not hang on its pieces.
    private static let badLinesListed = 10_000

    init(
        _ rules: ReadRules, limits: ShardPlanner.Limits, isRetry: Bool, now: Timestamp, keepsEntries: Bool,
        scratchIn: FilePath
    ) {
        self.rules = rules
        self.isRetry = isRetry
        self.now = now
        self.keepsEntries = keepsEntries
        self.limits = limits
        scratch = scratchIn
        planner = ShardPlanner(limits: limits)
        seen = SeenLines(scratchIn: scratchIn)
        customIDs = RequestReader(catalogue: rules.catalogue)
    }

    /// Whatever follows is counted, and need not be read.
    var hasStopped: Bool { stop != nil }

    /// - Parameters:
    ///   - chunk: the next of the file.
    ///   - bytes: of the file that has been read with it, of `size`.
    mutating func take(_ chunk: ReadChunk, of file: LineFile, bytes: Int, outOf size: Int) throws(FileError) {
        // Lines are kept in 32 bits each: a file beyond is refused whole, so that what lies there needs no place.
        if !hasStopped, lines + chunk.lines > Self.linesLimit {
            halt("it has more than \(Self.linesLimit) lines; deliver it in parts")
        }
        if hasStopped {
            result.reading.unlisted += chunk.entries.count + chunk.refused.count + chunk.unlisted
            return
        }
        seen.expected = Int(Double(seen.count + chunk.entries.count) / Double(bytes) * Double(size) * 1.02)
        var refused = chunk.refused
        seen.lookAhead(chunk.entries)
        for index in chunk.entries.indices {
            let (key, customIDHash) = (chunk.entries[index].request.key, chunk.entries[index].request.customIDHash)
            let sameID = try seen.first(withCustomIDHash: customIDHash)
            if let sameID, sameID.key != key,
                let refusal = try refusal(of: chunk.entries[index], after: sameID, in: file)
            {
                refused.append(chunk.entries[index].refused(refusal))
                continue
            }
            // What is asked anew each time is no duplicate, and has none.
            let asksAnew = rules.lane.asksAnew(chunk.entries[index].request)
            let first = asksAnew ? nil : try seen.first(withKey: key)
            try seen.add(
                SeenLines.Seen(
                    key: key, customIDHash: customIDHash, offset: chunk.entries[index].offset,
                    line: lines + chunk.entries[index].line), isFirstOfKey: !asksAnew && first == nil,
                isFirstOfCustomID: sameID == nil)
            plan(
                chunk.entries[index], chunk.recalled.isEmpty ? nil : chunk.recalled[index],
                chunk.strata.isEmpty ? nil : chunk.strata[index], first: first?.line,
                saving: chunk.savings.isEmpty ? .zero : chunk.savings[index])
        }
        // What was refused here stands behind what was refused there.
        if refused.count > chunk.refused.count { refused.sort { $0.line < $1.line } }
        result.reading.refused += refused.map { $0.moved(by: lines) }
        bad += refused.count { $0.refusal.code.isBadLine }
        lines += chunk.lines
        isCut = isCut || chunk.isCut
        if let reason = refusalAhead(restBytes: size - bytes) { halt(reason) }
    }

    /// Lets go of what was kept of lines for a plan that will not be.
    private mutating func halt(_ reason: String) {
        stop = reason
        let surplus = max(0, result.reading.refused.count - Self.badLinesListed)
        result.reading.refused.removeLast(surplus)
        result.reading.unlisted = result.reading.good + surplus
        (result.reading.good, result.reading.entries) = (0, [])
        planner = ShardPlanner(limits: limits)
        seen = SeenLines(scratchIn: scratch)
    }

    /// A file of nothing but bad lines would else take a hundred times its size in memory before it is refused.
    private func refusalAhead(restBytes: Int) -> String? {
        guard let limits = rules.limits else { return nil }
        let total = result.reading.total
        if total > limits.lines {
            return "it has more lines than lines = \(limits.lines) in [limits] allows; deliver it in parts"
        }
        if bad > limits.badLines {
            return "\(bad) of its first \(total) lines are bad, more than bad_lines = \(limits.badLines) in [limits] "
                + "allows\(firstBadLine)"
        }
        guard restBytes > 0, bad > Self.badLinesListed else { return nil }
        let most = total + restBytes / Self.shortestRequestBytes + 1
        guard Double(bad) / Double(most) > rules.lane.badLines else { return nil }
        return "\(bad) of its first \(total) lines are bad, more than bad_lines = \(rules.lane.badLines) allows, "
            + "whatever follows\(firstBadLine)"
    }

    private mutating func plan(
        _ entry: Reading.Entry, _ memory: Memory?, _ stratum: Stratum?, first: Int?, saving: Money
    ) {
        result.reading.good += 1
        if keepsEntries { result.reading.entries.append(entry.moved(by: lines)) }
        let number = lines + entry.line
        if let first {
            planner.add(duplicate: number, of: first)
            result.savedInFile += entry.request.worstCase.usd
            return
        }
        let disposition = rules.lane.disposition(of: entry.request, memory: memory, isRetry: isRetry, at: now)
        planner.add(
            ShardPlanner.Line(
                number: number, kind: entry.request.kind, stratum: stratum, bytes: entry.length,
                worstCase: entry.request.worstCase,
                disposition: disposition))
        if disposition == .reused {
            result.reused += 1
            result.savedFromLog += saving
        }
    }

    /// Two lines whose custom_ids have one hash, and which ask for different things.
    private mutating func refusal(
        of entry: Reading.Entry, after earlier: SeenLines.Seen, in file: LineFile
    ) throws(FileError) -> LineRefusal? {
        let line = try file.read(at: entry.offset, length: entry.length)
        let customID = customIDs.customID(of: line.span)
        // One that stands in every line is read once.
        if lastEarlier?.offset != earlier.offset {
            lastEarlier = (earlier.offset, try self.customID(at: earlier.offset, in: file))
        }
        guard lastEarlier?.customID == customID else { return nil }
        return LineRefusal(
            .duplicateCustomID,
            "the earlier line \(earlier.line) has the custom_id \"\(customID ?? "")\" for another request")
    }

    private mutating func customID(at offset: Int, in file: LineFile) throws(FileError) -> String? {
        var customID: String?
        try file.scan(from: offset, limitLineBytes: InputReader.longestLineBytes) { _, _ in
            false
        } line: { _, line, _ in
            customID = customIDs.customID(of: line.extracting(0..<line.lengthWithoutReturn))
            return false
        }
        return customID
    }

    consuming func finish() -> PlannedReading {
        result.reading.fileRefusal = fileRefusal
        result.plan = planner.finish()
        return result
    }

    private var fileRefusal: String? {
        if let stop { return stop }
        if result.reading.total == 0 { return "there is no request in it" }
        if isCut { return "line \(lines) is cut: the delivery broke off; deliver the file again" }
        let badLines = rules.lane.badLines
        // Divided, not multiplied: 29 / 100 is the very number that 0.29 is read as, while 0.29 * 100 is below 29.
        guard Double(bad) / Double(result.reading.total) > badLines else { return nil }
        return
            "\(bad) of \(result.reading.total) lines are bad, more than bad_lines = \(badLines) allows\(firstBadLine)"
    }

    private var firstBadLine: String {
        let first = result.reading.refused.first { $0.refusal.code.isBadLine }
        return first.map { "; the first is line \($0.line): \($0.refusal.reason)" } ?? ""
    }
}

/// What steps 4 to 6 come to.
package struct PlannedReading: Sendable {
    package var reading = Reading()
    package var plan = ShardPlan(shards: [], duplicates: [:], knownDefects: [])
    /// Lines that are answered from the hash log; duplicates in the file not counted.
    package var reused = 0
    /// What duplicates in the file would cost at the most.
    package var savedInFile = Money.zero
    /// What answers from the hash log took, where it was asked for.
    package var savedFromLog = Money.zero

    /// Of a file that is refused as it is: without a line.
    static func refused(_ reason: String) -> PlannedReading {
        var planned = PlannedReading()
        planned.reading.fileRefusal = reason
        return planned
    }
}
