package import BatchCore
package import DurableFiles
package import SystemPackage

/// Step 4: one pass over the bytes of a snapshot.
package struct InputReader: ~Copyable {
    /// The longest line that is read; a longer one is refused.
    package static let longestLineBytes = 64 << 20

    private var reader: RequestReader
    private let catalogue: ModelCatalogue
    private let lane: Lane
    private let uid: UInt32
    private let policy: BudgetPolicy
    private let dayCap: Cap
    private var reading = Reading()
    private var customIDs: [UInt64: RequestKey] = [:]
    private var lineNumber = 0
    private var isCut = false

    /// - Parameters:
    ///   - uid: who delivered it.
    ///   - dayCap: the roomiest cap that a day has; a request above it would wait for ever.
    package init(catalogue: ModelCatalogue, lane: Lane, uid: UInt32, budget: BudgetPolicy, dayCap: Cap) {
        reader = RequestReader(catalogue: catalogue)
        self.catalogue = catalogue
        self.lane = lane
        self.uid = uid
        policy = budget
        self.dayCap = dayCap
    }

    package consuming func read(_ path: FilePath) throws(FileError) -> Reading {
        let file = try LineFile(path)
        try file.scan(limitLineBytes: Self.longestLineBytes) { offset, length in
            lineNumber += 1
            refuse(
                LineRefusal(.lineTooLong, "it has \(length) bytes, more than \(Self.longestLineBytes)"), offset, length)
            return true
        } line: { offset, bytes, endsWithNewline in
            lineNumber += 1
            take(bytes, at: offset, endsWithNewline: endsWithNewline)
            return true
        }
        reading.fileRefusal = fileRefusal()
        return reading
    }

    private mutating func take(_ bytes: Span<UInt8>, at offset: Int, endsWithNewline: Bool) {
        var start = 0
        var end = bytes.count
        if lineNumber == 1 && bytes.startsWithByteOrderMark { start = 3 }
        if end > start && bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
        let line = bytes.extracting(start..<end)
        if line.isBlank { return }
        do throws(LineRefusal) {
            let request = try reader.read(line)
            let customID = reader.customID(of: line) ?? ""
            try check(request, customID)
            reading.entries.append(
                Reading.Entry(
                    line: lineNumber, offset: offset + start, length: end - start, customID: customID, request: request)
            )
        } catch {
            // A last line without its newline that is no whole JSON: the delivery was cut there.
            if !endsWithNewline && error.code == .invalidJSON { isCut = true }
            refuse(error, offset + start, end - start, reader.customID(of: line))
        }
    }

    /// What a line that is good by itself can still be refused for.
    private mutating func check(_ request: BatchRequest, _ customID: String) throws(LineRefusal) {
        let hash = request.customIDHash
        if let earlier = customIDs[hash], earlier != request.key {
            throw LineRefusal(
                .duplicateCustomID, "an earlier line has the custom_id \"\(customID)\" for another request")
        }
        customIDs[hash] = request.key
        let models = policy.models.isEmpty ? [] : catalogue.models(for: request.kind.model)
        let refusal = policy.refusalForEver(
            of: request.worstCase, lane: lane.name, models: models, uid: uid, dayCap: dayCap)
        if let refusal {
            throw LineRefusal(.exceedsCap, "\(refusal); lower n or its completion limit, or raise the cap")
        }
    }

    private mutating func refuse(_ refusal: LineRefusal, _ offset: Int, _ length: Int, _ customID: String? = nil) {
        reading.refused.append(
            Reading.RefusedLine(line: lineNumber, offset: offset, length: length, customID: customID, refusal: refusal))
    }

    private borrowing func fileRefusal() -> String? {
        if reading.total == 0 { return "there is no request in it" }
        if isCut { return "line \(lineNumber) is cut: the delivery broke off; deliver the file again" }
        let bad = reading.refused.count { $0.refusal.code.isBadLine }
        // Divided, not multiplied: 29 / 100 is the very number that 0.29 is read as, while 0.29 * 100 is below 29.
        guard Double(bad) / Double(reading.total) > lane.badLines else { return nil }
        let first = reading.refused.first { $0.refusal.code.isBadLine }
        let example = first.map { "; the first is line \($0.line): \($0.refusal.reason)" } ?? ""
        return "\(bad) of \(reading.total) lines are bad, more than bad_lines = \(lane.badLines) allows\(example)"
    }
}

extension Span<UInt8> {
    var startsWithByteOrderMark: Bool {
        count >= 3 && self[0] == 0xEF && self[1] == 0xBB && self[2] == 0xBF
    }

    fileprivate var isBlank: Bool {
        for index in indices where self[index] != UInt8(ascii: " ") && self[index] != UInt8(ascii: "\t") {
            return false
        }
        return true
    }
}
