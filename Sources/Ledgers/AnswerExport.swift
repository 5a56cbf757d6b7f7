import BatchCore
import DurableFiles
import SystemPackage

extension FileHashLog {
    package struct Exported: Equatable, Sendable {
        package var answers = 0
        /// Lines, and frames of lines, that could not be read.
        package var damaged = 0
    }

    /// Hands out every answer that its key leads to, in the order of their coming, as lines
    /// `{"key":64 hex,"answer":…,"at":…}`. What cannot be read is passed over and counted.
    /// - Parameter write: gets some lines at a time, each with its newline.
    package func export(_ write: @Sendable ([UInt8]) throws -> Void) throws -> Exported {
        var exported = Exported()
        var out: [UInt8] = []
        var lines = AnswerLineReader()
        for segment in try AnswerSegment.all(in: directory) where !answers.isPruned(segment.number) {
            guard let reader = try SegmentReader(segment) else { continue }
            var failure: (any Error)?
            try reader.forEachLine(damagedFrame: { _ throws(LedgerError) in exported.damaged += 1 }) {
                offset, line, endsWithNewline throws(LedgerError) in
                if failure != nil || !endsWithNewline || AnswerLine.isBlank(line) { return }
                guard let answer = lines.read(line) else {
                    exported.damaged += 1
                    return
                }
                guard let record = try keys.find(answer.key), record.answer.file == segment.number,
                    record.answer.offsetBytes == offset
                else { return }
                line.extracting(0..<answer.at.upperBound).withUnsafeBufferPointer { out += $0 }
                out += [UInt8(ascii: "}"), UInt8(ascii: "\n")]
                exported.answers += 1
                if out.count < 1 << 18 { return }
                do { try write(out) } catch { failure = error }
                out.removeAll(keepingCapacity: true)
            }
            if let failure { throw failure }
        }
        try write(out)
        return exported
    }
}
