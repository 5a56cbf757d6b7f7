package import BatchCore
package import DurableFiles
import Synchronization
package import SystemPackage

/// `shards/NNNN.jsonl`: one line per outcome as it arrives. Outcomes are known in memory without their responses, which
/// stay on disk.
package final class ShardFile: Sendable {
    package struct Entry: Sendable {
        /// Without its response.
        package let outcome: Outcome
        package let offset: Int
        package let length: Int
    }

    private let log: AppendLog
    private let path: FilePath
    private let known: Mutex<[Int: Entry]>

    /// Opens the file, creating it where it is missing and cutting a torn tail.
    /// - Throws: `JobDamage` for a bad line in the middle.
    package init(_ path: FilePath) throws {
        let content = try Self.read(path)
        self.path = path
        known = Mutex(content.entries)
        log = try AppendLog(opening: path, create: true, truncatingTo: content.wholeBytes)
    }

    /// The outcomes so far, by line.
    package var entries: [Int: Entry] { known.withLock { $0 } }

    /// Durable when it returns. The first outcome of a line counts.
    package func append(_ outcome: Outcome) async throws(FileError) {
        let record = outcome.record
        let bytes = record + [UInt8(ascii: "\n")]
        var summary = outcome
        summary.response = nil
        known.withLock { known in
            let offset = log.appendLazily(bytes)
            if known[outcome.line] != nil { return }
            known[outcome.line] = Entry(outcome: summary, offset: offset, length: record.count)
        }
        try await log.commit()
    }

    package func close() async throws(FileError) {
        try await log.close()
    }

    package struct Content {
        package var entries: [Int: Entry] = [:]
        package var wholeBytes = 0
    }

    /// Reads a shard's file without changing it; a torn last line is passed over.
    package static func read(_ path: FilePath) throws -> Content {
        var content = Content()
        var tape = JSONTape()
        var offset = 0
        let tail = try TornTail.wholeBytes(of: path, limitLineBytes: 1 << 30) { line in
            guard var outcome = Outcome(record: line, using: &tape) else { return false }
            outcome.response = nil
            if content.entries[outcome.line] == nil {
                content.entries[outcome.line] = Entry(outcome: outcome, offset: offset, length: line.count)
            }
            offset += line.count + 1
            return true
        }
        content.wholeBytes = try tail.wholeBytes { JobDamage(file: path, reason: "line \($0) is no outcome") }
        return content
    }

    /// The whole outcome of an entry, its response included.
    package static func outcome(_ entry: Entry, in file: LineFile) throws -> Outcome {
        var tape = JSONTape()
        return try outcome(entry, in: file, using: &tape)
    }

    /// The same for outcome after outcome, with one tape.
    package static func outcome(_ entry: Entry, in file: LineFile, using tape: inout JSONTape) throws -> Outcome {
        let bytes = try file.read(at: entry.offset, length: entry.length)
        guard let outcome = Outcome(record: bytes.span, using: &tape) else {
            throw JobDamage(file: file.path, reason: "at byte \(entry.offset) stands no outcome")
        }
        return outcome
    }
}
