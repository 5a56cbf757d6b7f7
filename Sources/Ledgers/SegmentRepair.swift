import DurableFiles
import SystemPackage

/// Puts a damaged segment in order: what can be read stays where it stands, what cannot is set aside beside it, in
/// `answers-NNNNNN.jsonl.damaged-TIME`, and spaces stand in its place.
struct SegmentRepair {
    private(set) var lines = 0
    private(set) var frames = 0

    private let segment: AnswerSegment
    private let aside: FilePath
    /// Of the plain form: what is not as written; where a newline is missing between two lines that are.
    private var blanks: [Range<Int>] = []
    private var newlines: [Int] = []
    private var damagedFrames: [Int] = []

    /// - Parameter suffix: of the file with what is set aside.
    init(_ segment: AnswerSegment, suffix: String) {
        self.segment = segment
        aside = segment.plain.removingLastComponent().appending(
            "\(segment.plain.lastComponent?.string ?? "").damaged-\(suffix)")
    }

    /// - Returns: where what was damaged is now; nil: nothing was.
    mutating func run() throws(LedgerError) -> FilePath? {
        guard let reader = try opened() else { return nil }
        try look(reader)
        if blanks.isEmpty && damagedFrames.isEmpty && !isWithoutTable { return nil }
        try setAside(reader)
        let (blanks, newlines) = (blanks, newlines)
        try SegmentRewriting.rewrite(reader) { offset, bytes in
            let isTouched = bytes.blank(blanks, offset: offset)
            for newline in newlines where (offset..<offset + bytes.count).contains(newline) {
                bytes[newline - offset] = UInt8(ascii: "\n")
            }
            return isTouched
        }
        return aside
    }

    private var isWithoutTable = false

    private mutating func opened() throws(LedgerError) -> SegmentReader? {
        guard let found = try segment.found() else { return nil }
        let (file, table) = try booked { () throws(FileError) in
            let file = try LineFile(found.path)
            return (file, found.isCompressed ? try SeekTable(endOf: file) : nil)
        }
        guard found.isCompressed, table == nil else { return try SegmentReader(segment) }
        isWithoutTable = true
        return SegmentReader(
            segment, file, table: try booked { () throws(FileError) in try SeekTable(walking: file) })
    }

    private mutating func look(_ reader: SegmentReader) throws(LedgerError) {
        var (blanks, newlines, damaged): ([Range<Int>], [Int], [Int]) = ([], [], [])
        var count = 0
        try reader.forEachLine(damagedFrame: { number throws(LedgerError) in damaged.append(number) }) {
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
        (self.blanks, self.newlines, damagedFrames) = (blanks, newlines, damaged)
        (lines, frames) = (count, damaged.count)
        if blanks.isEmpty, let first = newlines.first { self.blanks = [first..<first] }
    }

    private func setAside(_ reader: SegmentReader) throws(LedgerError) {
        var failure: LedgerError?
        try booked { () throws(FileError) in
            try DurableFile.publish(to: aside) { writer throws(FileError) in
                let newline = [UInt8(ascii: "\n")]
                do throws(LedgerError) {
                    for number in damagedFrames {
                        let frame = try reader.rawFrame(number)
                        try booked { () throws(FileError) in try writer.write(frame) }
                    }
                    try reader.forEachLine(damagedFrame: { _ throws(LedgerError) in }) {
                        _, line, endsWithNewline throws(LedgerError) in
                        if !endsWithNewline || AnswerLine.isBlank(line) || SealedLine.isWhole(line) { return }
                        try booked { () throws(FileError) in
                            try writer.write(line)
                            try writer.write(newline)
                        }
                    }
                } catch {
                    failure = error
                }
            }
        }
        if let failure { throw failure }
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

extension SeekTable {
    /// From the frames themselves, up to the first that is not whole.
    init(walking file: LineFile) throws(FileError) {
        self.init()
        let size = try file.facts().sizeBytes
        var length = 4 << 20
        while compressedBytes < size {
            let bytes = try file.read(at: compressedBytes, length: length)
            if let frame = ZstdFrame.size(at: bytes[...]) {
                // A skippable frame holds nothing: it is what is left of the table.
                if frame.content == 0 { return }
                add(compressedBytes: frame.frame, contentBytes: frame.content)
            } else if bytes.count == length, length < 512 << 20 {
                length *= 2
            } else {
                return
            }
        }
    }
}
