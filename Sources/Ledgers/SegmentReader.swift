import DurableFiles
import Glibc
import SystemPackage

/// One segment of answers, opened in the form that it has. Offsets are those of the plain form, for ever.
final class SegmentReader: Sendable {
    let segment: AnswerSegment
    let path: FilePath
    let file: LineFile
    /// nil: the segment is plain.
    let table: SeekTable?

    /// A line cannot be longer: its JSON is not (`JSONTape`).
    static let limitLineBytes = 300 << 20

    /// - Returns: nil where the segment has neither form.
    /// - Throws: `.damaged` for a compressed one without its table.
    init?(_ segment: AnswerSegment) throws(LedgerError) {
        // Between the look and the opening it may have been compressed.
        for _ in 0..<2 {
            guard let found = try segment.found() else { return nil }
            let opened: (file: LineFile, table: SeekTable?)
            do throws(FileError) {
                let file = try LineFile(found.path)
                opened = (file, found.isCompressed ? try SeekTable(endOf: file) : nil)
            } catch {
                if error.code == ENOENT { continue }
                throw .file(error)
            }
            if found.isCompressed && opened.table == nil {
                throw .damaged(
                    path: found.path.string, line: 1, reason: "its table of frames is not as written (hashlog repair)")
            }
            (file, table) = opened
            self.segment = segment
            path = found.path
            return
        }
        return nil
    }

    /// With a table that was found otherwise; nil: `file` is the plain form.
    init(_ segment: AnswerSegment, _ file: LineFile, table: SeekTable?) {
        self.segment = segment
        self.file = file
        self.table = table
        path = file.path
    }

    /// The size of the plain form.
    var contentBytes: Int {
        get throws(LedgerError) {
            if let table { return table.contentBytes }
            return try booked { () throws(FileError) in try file.facts().sizeBytes }
        }
    }

    /// The bytes from `offset` of the plain form on: fewer than `length` where it ends before.
    func read(at offset: Int, length: Int, _ cache: inout FrameCache) throws(LedgerError) -> [UInt8] {
        guard let table else {
            return try booked { () throws(FileError) in try file.read(at: offset, length: length) }
        }
        guard let number = table.frame(containing: offset) else { return [] }
        let content = try cache.content(of: number, in: self)
        let start = offset - table.frames[number].content.lowerBound
        // Frames hold whole lines: what reaches beyond one is no answer.
        return Array(content[start..<min(start + length, content.count)])
    }

    /// The plain bytes of one frame.
    /// - Throws: `.damaged` where it is not as written.
    func content(ofFrame number: Int) throws(LedgerError) -> [UInt8] {
        let frame = try rawFrame(number)
        guard let table, let content = ZstdFrame.content(of: frame, sizeBytes: table.frames[number].content.count)
        else {
            throw .damaged(path: path.string, line: number + 1, reason: "this frame is not as written (hashlog repair)")
        }
        return content
    }

    /// The bytes of one frame as they stand in the file.
    func rawFrame(_ number: Int) throws(LedgerError) -> [UInt8] {
        guard let place = table?.frames[number].place else { return [] }
        return try booked { () throws(FileError) in try file.read(at: place.lowerBound, length: place.count) }
    }

    /// Shows every line, in bounded memory.
    /// - Parameters:
    ///   - damagedFrame: gets the number of a frame that is not as written, instead of its lines.
    ///   - body: gets the offset in the plain form, the line, and whether there was a newline.
    func forEachLine(
        damagedFrame: (Int) throws(LedgerError) -> Void,
        _ body: (_ offset: Int, _ line: Span<UInt8>, _ endsWithNewline: Bool) throws(LedgerError) -> Void
    ) throws(LedgerError) {
        try forEachLine(
            otherwise: { number, _ throws(LedgerError) in
                try damagedFrame(number)
                return []
            }, body)
    }

    /// The same, and of a damaged frame, whose number `damagedFrame` gets, the lines that `ZstdFrame.salvage` makes.
    func forEachLine(
        salvaging damagedFrame: (Int) -> Void,
        _ body: (_ offset: Int, _ line: Span<UInt8>, _ endsWithNewline: Bool) throws(LedgerError) -> Void
    ) throws(LedgerError) {
        try forEachLine(
            otherwise: { number, raw throws(LedgerError) in
                damagedFrame(number)
                return ZstdFrame.salvage(raw, sizeBytes: table?.frames[number].content.count ?? 0)
            }, body)
    }

    /// - Parameter otherwise: what a frame holds that is not as written, by its number and its bytes.
    private func forEachLine(
        otherwise: (Int, [UInt8]) throws(LedgerError) -> [UInt8],
        _ body: (_ offset: Int, _ line: Span<UInt8>, _ endsWithNewline: Bool) throws(LedgerError) -> Void
    ) throws(LedgerError) {
        guard let table else { return try forEachPlainLine(body) }
        for (number, frame) in table.frames.enumerated() {
            let raw = try rawFrame(number)
            let written = ZstdFrame.content(of: raw, sizeBytes: frame.content.count)
            let content = if let written { written } else { try otherwise(number, raw) }
            try content.forEachLine { offset, line, endsWithNewline throws(LedgerError) in
                try body(frame.content.lowerBound + offset, line, endsWithNewline)
            }
        }
    }

    /// The same, and a damaged frame is thrown.
    func forEachLine(
        _ body: (_ offset: Int, _ line: Span<UInt8>, _ endsWithNewline: Bool) throws(LedgerError) -> Void
    ) throws(LedgerError) {
        try forEachLine(
            damagedFrame: { number throws(LedgerError) in
                throw .damaged(
                    path: path.string, line: number + 1, reason: "this frame is not as written (hashlog repair)")
            }, body)
    }

    private func forEachPlainLine(
        _ body: (_ offset: Int, _ line: Span<UInt8>, _ endsWithNewline: Bool) throws(LedgerError) -> Void
    ) throws(LedgerError) {
        var failure: LedgerError?
        do throws(FileError) {
            try file.scan(limitLineBytes: Self.limitLineBytes) { offset, length in
                failure = .damaged(path: path.string, line: 1, reason: "a line at byte \(offset) has no end")
                return false
            } line: { offset, line, endsWithNewline in
                do throws(LedgerError) { try body(offset, line, endsWithNewline) } catch { failure = error }
                return failure == nil
            }
        } catch {
            throw .file(error)
        }
        if let failure { throw failure }
    }
}

/// The frames that were read last, of whatever segment: answers of one job stand side by side.
struct FrameCache {
    private static let frames = 4
    /// The newest is the last.
    private var held: [(segment: UInt32, frame: Int, content: [UInt8])] = []

    mutating func content(of frame: Int, in reader: SegmentReader) throws(LedgerError) -> [UInt8] {
        if let index = held.lastIndex(where: { $0.segment == reader.segment.number && $0.frame == frame }) {
            return held[index].content
        }
        let content = try reader.content(ofFrame: frame)
        if held.count == Self.frames { held.removeFirst() }
        held.append((reader.segment.number, frame, content))
        return content
    }

    mutating func forget(_ segment: UInt32) { held.removeAll { $0.segment == segment } }
}

extension [UInt8] {
    /// - Parameter body: as `SegmentReader.forEachLine`.
    fileprivate func forEachLine(
        _ body: (_ offset: Int, _ line: Span<UInt8>, _ endsWithNewline: Bool) throws(LedgerError) -> Void
    ) throws(LedgerError) {
        var start = 0
        while start < count {
            let newline = withUnsafeBytes { bytes -> Int? in
                guard let base = bytes.baseAddress,
                    let found = memchr(base + start, Int32(UInt8(ascii: "\n")), bytes.count - start)
                else { return nil }
                return UnsafeRawPointer(found) - base
            }
            try body(start, span.extracting(start..<(newline ?? count)), newline != nil)
            start = (newline ?? count) + 1
        }
    }
}
