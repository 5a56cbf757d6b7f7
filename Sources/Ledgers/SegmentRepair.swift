import BatchCore
import DurableFiles
import SystemPackage

/// Puts a damaged segment in order: the file as it was is set aside whole, and what can be read of it is written anew.
/// Spaces stand in the place of what cannot, so that the rest keeps its place, unless nothing tells any more how much a
/// damaged frame held.
struct SegmentRepair {
    private(set) var lines = 0
    private(set) var frames = 0

    private let segment: AnswerSegment
    private let time: Timestamp
    /// Of the plain form: what is not as written; where a newline is missing between two lines that are.
    private var blanks: [Range<Int>] = []
    private var newlines: [Int] = []
    /// The table at the end of the file is not there, or is not that of its frames.
    private var isTableWrong = false

    /// - Parameter time: for the name of what is set aside: `answers-NNNNNN.jsonl.damaged-TIME`.
    init(_ segment: AnswerSegment, at time: Timestamp) {
        self.segment = segment
        self.time = time
    }

    /// - Returns: where the damaged file is now; nil: nothing was damaged.
    mutating func run() throws(LedgerError) -> FilePath? {
        guard let found = try segment.found() else { return nil }
        let (file, table) = try booked { () throws(FileError) in
            let file = try LineFile(found.path)
            return (file, found.isCompressed ? try SeekTable(endOf: file) : nil)
        }
        var reader = SegmentReader(segment, file, table: table)
        if !found.isCompressed || table != nil { try look(reader) }
        // The frame may be whole and the table wrong: frames say themselves what they are.
        if found.isCompressed && (table == nil || frames > 0) {
            let walked = try booked { () throws(FileError) in try SeekTable(walking: file, stored: table) }
            isTableWrong = walked != table
            reader = SegmentReader(segment, file, table: walked)
            try look(reader)
        }
        if blanks.isEmpty && newlines.isEmpty && frames == 0 && !isTableWrong { return nil }
        let aside = try booked { () throws(FileError) in try DurableFile.setAside(found.path, at: time) }
        try writeAnew(reader)
        return aside
    }

    private func writeAnew(_ reader: SegmentReader) throws(LedgerError) {
        let (blanks, newlines) = (blanks, newlines)
        try SegmentRewriting.rewrite(reader) { offset, bytes in
            var isTouched = bytes.blank(blanks, offset: offset)
            for newline in newlines where (offset..<offset + bytes.count).contains(newline) {
                bytes[newline - offset] = UInt8(ascii: "\n")
                isTouched = true
            }
            return isTouched
        }
    }

    private mutating func look(_ reader: SegmentReader) throws(LedgerError) {
        (blanks, newlines, lines, frames) = ([], [], 0, 0)
        var (blanks, newlines, count, damaged): ([Range<Int>], [Int], Int, Int) = ([], [], 0, 0)
        try reader.forEachLine(salvaging: { _ in damaged += 1 }) {
            offset, line, endsWithNewline throws(LedgerError) in
            // What lacks its newline is the end of the active segment, and is cut by the next answer.
            if !endsWithNewline || AnswerLine.isBlank(line) || SealedLine.isWhole(line) { return }
            count += 1
            var end = 0
            for whole in line.wholeLines() {
                if whole.lowerBound > end {
                    blanks.append(offset + end..<offset + whole.lowerBound)
                    newlines.append(offset + whole.lowerBound - 1)
                }
                end = whole.upperBound
                if end < line.count {
                    newlines.append(offset + end)
                    end += 1
                }
            }
            if end < line.count { blanks.append(offset + end..<offset + line.count) }
        }
        (self.blanks, self.newlines, lines, frames) = (blanks, newlines, count, damaged)
    }
}

extension Span<UInt8> {
    /// The sealed lines that stand in a row of bytes which is none as a whole: a newline between them was damaged, or
    /// only one of them was. A quote within an answer has a backslash before it, so that none begins by chance.
    fileprivate func wholeLines() -> [Range<Int>] {
        let begin = Array(#"{"key":""#.utf8)
        let end = Array("\"}".utf8)
        let begins = places(of: begin)
        let ends = places(of: end).map { $0 + end.count }
        var found: [Range<Int>] = []
        for start in begins where start >= found.last?.upperBound ?? 0 {
            let stop = begins.first { $0 > start } ?? count
            // Its end lies before the next beginning, the last end first; an answer may hold objects with a key.
            let candidates = ends.filter { $0 > start && $0 <= stop } + ends.filter { $0 > stop }
            if let upper = candidates.first(where: { SealedLine.isWhole(extracting(start..<$0)) }) {
                found.append(start..<upper)
            }
        }
        return found
    }

    private func places(of part: [UInt8]) -> [Int] {
        var places: [Int] = []
        var index = 0
        while index + part.count <= count {
            if (0..<part.count).allSatisfy({ self[index + $0] == part[$0] }) { places.append(index) }
            index += 1
        }
        return places
    }
}
