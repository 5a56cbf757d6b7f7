package import BatchCore
package import DurableFiles
package import SystemPackage

/// What became of one job that has left processing/, or is about to.
package struct FinishedRecord: Equatable, Sendable {
    package let head: FinishedHead
    /// Members of its report.json: all that counts, nothing that quotes an answer.
    package let report: JSONValue

    package init(_ head: FinishedHead, report: JSONValue) {
        self.head = head
        self.report = report
    }

    /// One line, sealed, with its newline. The head comes first, so that it can be read alone.
    package var line: [UInt8] {
        var writer = JSONWriter(reserving: 2048)
        writer.object { writer in
            writer.member("job", head.job)
            writer.member("at", head.finishedAt.description)
            writer.member("bytes", head.sizeBytes)
            writer.member("report", raw: report)
        }
        return SealedLine.seal(writer.bytes) + [UInt8(ascii: "\n")]
    }

    fileprivate init?(line: Span<UInt8>) {
        let value: JSONValue
        do { value = try JSONValue(parsing: line.indices.map { line[$0] }) } catch { return nil }
        guard let head = FinishedHead(value), let report = value["report"] else { return nil }
        self.init(head, report: report)
    }
}

/// The same without what its report says.
package struct FinishedHead: Equatable, Sendable {
    package let job: String
    package let finishedAt: Timestamp
    /// Of the files that it left, in both places together.
    package let sizeBytes: Int

    package init(job: String, finishedAt: Timestamp, sizeBytes: Int) {
        self.job = job
        self.finishedAt = finishedAt
        self.sizeBytes = sizeBytes
    }

    fileprivate init?(_ value: JSONValue) {
        guard let job = value["job"]?.string, let at = value["at"]?.string.flatMap({ Timestamp($0) }),
            let bytes = value["bytes"]?.int
        else { return nil }
        self.init(job: job, finishedAt: at, sizeBytes: bytes)
    }

    private static let end = Array(#","report":"#.utf8)

    /// No name of a job has a quote in it, so that the first end is the end.
    fileprivate init?(line: Span<UInt8>) {
        var head: [UInt8] = []
        for index in line.indices where line[index] == Self.end[0] && line.count - index > Self.end.count {
            if Self.end.indices.allSatisfy({ line[index + $0] == Self.end[$0] }) {
                head = line.extracting(0..<index).withUnsafeBufferPointer { Array($0) }
                break
            }
        }
        do { self.init(try JSONValue(parsing: head + [UInt8(ascii: "}")])) } catch { return nil }
    }
}

/// `finished.jsonl`: a line for each job that has left processing/, in the order of their verdicts. Who reads it takes
/// what is whole: what it lacks stands in the reports, as long as those are there.
package struct FinishedBook: Sendable {
    /// How the file was found.
    package struct Content: Equatable, Sendable {
        /// Without a torn last line.
        package fileprivate(set) var wholeBytes = 0
        /// Lines that are none, each with others behind it.
        package fileprivate(set) var damagedLines = 0
    }

    private let path: FilePath

    package init(_ path: FilePath) {
        self.path = path
    }

    /// Shows the head of each job, in the order of the lines.
    @discardableResult
    package func heads(_ body: (FinishedHead) -> Void) throws(LedgerError) -> Content {
        try scan { line in
            guard let head = FinishedHead(line: line) else { return false }
            body(head)
            return true
        }
    }

    /// Shows all that is known of each job, in the order of the lines.
    /// - Parameters:
    ///   - offset: in bytes, where a line begins.
    ///   - part: bytes that stand in the lines that are meant; nil: all of them.
    @discardableResult
    package func records(
        from offset: Int = 0, with part: [UInt8]? = nil, _ body: (FinishedRecord) -> Void
    ) throws(LedgerError) -> Content {
        try scan(from: offset) { line in
            if let part, !line.contains(part) { return true }
            guard let record = FinishedRecord(line: line) else { return false }
            body(record)
            return true
        }
    }

    /// Makes the file anew: what is whole of it, and what it lacks.
    /// - Parameter lacking: hands over one record after the other.
    package func renew(with lacking: ((FinishedRecord) throws(FileError) -> Void) throws(FileError) -> Void)
        throws(LedgerError)
    {
        do throws(FileError) {
            try DurableFile.publish(to: path) { writer throws(FileError) in
                var failure: FileError?
                if try FileFacts(at: path) != nil {
                    try LineFile(path).scan(limitLineBytes: Self.lineBytesMost) { _, _ in
                        true
                    } line: { _, line, isWhole in
                        guard isWhole, SealedLine.isWhole(line) else { return true }
                        do throws(FileError) {
                            try writer.write(line)
                            try writer.write([UInt8(ascii: "\n")])
                        } catch { failure = error }
                        return failure == nil
                    }
                }
                if let failure { throw failure }
                try lacking { record throws(FileError) in try writer.write(record.line) }
            }
        } catch {
            throw .file(error)
        }
    }

    /// For who appends to it.
    /// - Parameter content: as it was read.
    package func open(_ content: Content) throws(LedgerError) -> AppendLog {
        try booked { () throws(FileError) in
            try AppendLog(opening: path, create: true, truncatingTo: content.wholeBytes)
        }
    }

    private static let lineBytesMost = 16 << 20

    private func scan(from offset: Int = 0, _ body: (Span<UInt8>) -> Bool) throws(LedgerError) -> Content {
        var content = Content(wholeBytes: offset)
        // The last line may be torn; one before it is damage.
        var bad = 0
        try booked { () throws(FileError) in
            guard try FileFacts(at: path) != nil else { return }
            try LineFile(path).scan(from: offset, limitLineBytes: Self.lineBytesMost) { _, _ in
                bad += 1
                return true
            } line: { offset, line, endsWithNewline in
                guard endsWithNewline, SealedLine.isWhole(line), body(line) else {
                    bad += 1
                    return true
                }
                content.wholeBytes = offset + line.count + 1
                content.damagedLines = bad
                return true
            }
        }
        if bad > content.damagedLines + 1 { content.damagedLines = bad }
        return content
    }
}
