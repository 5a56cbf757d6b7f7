package import BatchCore
import DurableFiles
package import SystemPackage

/// The daily budget files of a spool, as they stand on disk.
package struct BudgetFile: Sendable {
    package let day: CivilDate
    package let path: FilePath

    package init(_ day: CivilDate, in directory: FilePath) {
        self.day = day
        path = directory.appending("\(day).jsonl")
    }

    /// The days that have a file, ascending; none where nobody has worked yet.
    package static func days(in directory: FilePath) throws(LedgerError) -> [CivilDate] {
        do throws(FileError) {
            guard try FileFacts(at: directory) != nil else { return [] }
            return try DurableFile.list(directory).compactMap { name in
                let text = String(decoding: name, as: UTF8.self)
                return text.hasSuffix(".jsonl") ? CivilDate(String(text.dropLast(".jsonl".count))) : nil
            }.sorted()
        } catch {
            throw .file(error)
        }
    }

    package struct Content: Equatable, Sendable {
        package var records: [BudgetRecord]
        /// Where a torn last record begins; the size of the file where there is none.
        package var wholeBytes: Int
    }

    /// - Returns: nil where there is no file.
    /// - Throws: `.damaged` for a record that is not as written, unless it is a torn last one.
    package func read() throws(LedgerError) -> Content? {
        var content = Content(records: [], wholeBytes: 0)
        var bad: (reason: String, mayBeTorn: Bool) = ("it has no newline", true)
        let tail: TornTail
        do throws(FileError) {
            guard try FileFacts(at: path) != nil else { return nil }
            tail = try TornTail.wholeBytes(of: path) { line in
                do throws(BudgetRecordError) {
                    content.records.append(try BudgetRecord(line: line))
                    return true
                } catch {
                    bad = (error.reason, line.indices.contains { line[$0] == 0 })
                    return false
                }
            }
        } catch {
            throw .file(error)
        }
        switch tail {
        case .whole(let bytes):
            content.wholeBytes = bytes
        case .torn(let bytes, let tornBytes):
            // A record with its newline and no hole in it was written whole: it is not torn, it was changed.
            let wasWritten = try endsWithNewline(at: bytes + tornBytes)
            guard bad.mayBeTorn || !wasWritten else {
                throw .damaged(path: path.string, line: content.records.count + 1, reason: bad.reason)
            }
            content.wholeBytes = bytes
        case .damaged(_, let line):
            throw .damaged(path: path.string, line: line, reason: bad.reason)
        }
        return content
    }

    /// The same, for who is going to spend by it.
    /// - Parameter states: which days are on record as having a file.
    /// - Returns: nil where the day has not begun: no file, or one without a whole record.
    /// - Throws: `.notAdopted` for a file that was there once.
    package func read(knowing states: [CivilDate: OpenedDays.State]) throws(LedgerError) -> Content? {
        if case .doubtful(let reason) = states[day] { throw .notAdopted(path: path.string, reason: reason) }
        let content = try read()
        if let content, !content.records.isEmpty { return content }
        guard states[day] == .opened else { return nil }
        throw .notAdopted(path: path.string, reason: content == nil ? "it is gone" : "it has no record any more")
    }

    /// Opens it for appending, and makes it where it is not there.
    func log(cutTo bytes: Int) throws(LedgerError) -> AppendLog {
        do throws(FileError) {
            let isNew = try FileFacts(at: path) == nil
            return try AppendLog(opening: path, create: true, truncatingTo: isNew ? nil : bytes)
        } catch {
            throw .file(error)
        }
    }

    private func endsWithNewline(at end: Int) throws(LedgerError) -> Bool {
        do throws(FileError) {
            return try LineFile(path).read(at: end - 1, length: 1) == [UInt8(ascii: "\n")]
        } catch {
            throw .file(error)
        }
    }
}
