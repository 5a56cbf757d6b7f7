import BatchCore
import DurableFiles
import SystemPackage

extension FileHashLog {
    package struct Statistics: Equatable, Sendable {
        /// Of which something is known: those of pruned answers too.
        package var keys: Int
        /// Answers that stand in the segments.
        package var answers: Int
        package var defects: Int
        /// Files that were paid for and rejected.
        package var rejected: Int
        /// Of answers.
        package var segments: Int
        package var bytesOnDisk: Int
        package var indexBytes: Int
    }

    /// Reads through the segments that no maintenance has seen yet: the active one.
    package var statistics: Statistics {
        get throws(LedgerError) {
            var (count, segments, bytes) = (0, 0, 0)
            for segment in try AnswerSegment.all(in: directory) where !answers.isPruned(segment.number) {
                guard let found = try segment.found() else { continue }
                segments += 1
                bytes += found.sizeBytes
                if let facts = answers.catalogue.sealed[segment.number] {
                    count += facts.answers
                } else {
                    count += try AnswerCatalogue.Sealed(of: segment, at: now().seconds).answers
                }
            }
            let books = Book.allCases.map(log)
            return Statistics(
                keys: keys.keys, answers: count, defects: defects.keys, rejected: rejected.keys, segments: segments,
                bytesOnDisk: books.reduce(bytes) { $0 + $1.bytesOnDisk },
                indexBytes: books.reduce(0) { $0 + $1.indexBytes })
        }
    }

    /// Reads every record, the answer that each key points to, and every line of every segment, also of compressed
    /// ones.
    /// - Throws: `.damaged` at the first that does not fit.
    package func verify() throws(LedgerError) {
        for number in 0..<keys.records {
            guard let record = try keys.record(number) else { throw keys.damage(number) }
            // An older record may point at an answer that is gone by now.
            if record.isForgotten || answers.isPruned(record.answer.file) { continue }
            guard try keys.find(record.key) == record else { continue }
            _ = try answers.response(at: record.answer, for: record.key)
        }
        for book in Book.allCases.map(log) where book.prefix != keys.prefix {
            for number in 0..<book.records where try book.record(number) == nil { throw book.damage(number) }
        }
        for segment in try AnswerSegment.all(in: directory) where !answers.isPruned(segment.number) {
            guard let reader = try SegmentReader(segment) else { continue }
            var line = 0
            try reader.forEachLine { offset, bytes, endsWithNewline throws(LedgerError) in
                line += 1
                // The end of a file that is written just now.
                if !endsWithNewline || AnswerLine.isBlank(bytes) || SealedLine.isWhole(bytes) { return }
                throw .damaged(
                    path: reader.path.string, line: line,
                    reason: "at byte \(offset) the line is not as written (hashlog repair)")
            }
        }
    }
}

extension AnswerCatalogue.Sealed {
    /// What one reading of a segment tells of it. Lines that are not as written do not count.
    /// - Parameter time: Unix seconds that count as its newest where it holds no answer.
    init(of segment: AnswerSegment, at time: Int64) throws(LedgerError) {
        var (count, newest) = (0, Int64?.none)
        var lines = AnswerLineReader()
        try SegmentReader(segment)?.forEachLine(damagedFrame: { _ throws(LedgerError) in }) {
            _, line, endsWithNewline throws(LedgerError) in
            guard endsWithNewline, let answer = lines.read(line) else { return }
            count += 1
            newest = max(newest ?? .min, answer.recordedAt.seconds)
        }
        self.init(answers: count, newest: newest ?? time)
    }
}
