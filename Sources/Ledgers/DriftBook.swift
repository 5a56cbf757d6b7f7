package import BatchCore
import DurableFiles
package import SystemPackage

/// What the gate found in one job, for the control charts.
package struct DriftRecord: Equatable, Sendable {
    package let job: String
    /// Of the budget.
    package let day: CivilDate
    package let lane: String
    package let counts: [PromptCount]

    package init(job: String, day: CivilDate, lane: String, counts: [PromptCount]) {
        self.job = job
        self.day = day
        self.lane = lane
        self.counts = counts
    }

    /// One line, sealed, with its newline.
    fileprivate var line: [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("job", job)
            writer.member("day", day.description)
            writer.member("lane", lane)
            writer.array("counts") { writer in for count in counts { writer.object(count.write) } }
        }
        return SealedLine.seal(writer.bytes) + [UInt8(ascii: "\n")]
    }

    fileprivate init?(line: [UInt8]) {
        guard SealedLine.isWhole(line) else { return nil }
        let value: JSONValue
        do { value = try JSONValue(parsing: line) } catch { return nil }
        guard let job = value["job"]?.string, let day = value["day"]?.string.flatMap({ CivilDate($0) }),
            let lane = value["lane"]?.string, let counts = value["counts"]?.array
        else { return nil }
        self.init(job: job, day: day, lane: lane, counts: counts.compactMap { PromptCount($0) })
        if self.counts.count != counts.count { return nil }
    }
}

/// `drift.jsonl`: a line for each job that the gate has judged, in the order of their verdicts.
package final class DriftBook: Sendable {
    private let log: AppendLog

    /// - Parameter record: is shown each one that is there, oldest first.
    /// - Throws: `.damaged` for a line in the middle that is none; a torn last one is cut.
    package init(_ path: FilePath, record: (DriftRecord) -> Void) throws(LedgerError) {
        let wholeBytes = try Self.read(path, record: record)
        do throws(FileError) {
            log = try AppendLog(opening: path, create: true, truncatingTo: wholeBytes)
        } catch {
            throw .file(error)
        }
    }

    /// The records without opening the file for writing; none where it does not exist.
    /// - Returns: how many bytes of it are whole.
    @discardableResult
    package static func read(_ path: FilePath, record: (DriftRecord) -> Void) throws(LedgerError) -> Int {
        let tail: TornTail
        do throws(FileError) {
            tail = try TornTail.wholeBytes(of: path) { line in
                guard let entry = DriftRecord(line: line.indices.map { line[$0] }) else { return false }
                record(entry)
                return true
            }
        } catch {
            throw .file(error)
        }
        return try tail.wholeBytes { line in
            LedgerError.damaged(path: path.string, line: line, reason: "it is no record of what the gate found")
        }
    }

    /// Makes the file anew, whole or not at all.
    package static func write(_ records: [DriftRecord], to path: FilePath) throws(LedgerError) {
        do throws(FileError) { try DurableFile.publish(records.flatMap(\.line), to: path) } catch { throw .file(error) }
    }

    /// Durable when it returns.
    package func append(_ record: DriftRecord) async throws(LedgerError) {
        do throws(FileError) { _ = try await log.append(record.line) } catch { throw .file(error) }
    }
}
