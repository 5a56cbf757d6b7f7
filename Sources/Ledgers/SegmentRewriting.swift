import DurableFiles
import Glibc
import SystemPackage

/// Takes bytes out of a sealed segment: spaces stand in their place, so that all others keep theirs. The old file is
/// replaced in one step.
enum SegmentRewriting {
    private static let chunkBytes = 1 << 20

    /// - Parameter ranges: of the plain form, in order, without overlap, newlines not included.
    static func blank(_ ranges: [Range<Int>], in reader: SegmentReader) throws(LedgerError) {
        try rewrite(reader) { offset, bytes in bytes.blank(ranges, offset: offset) }
    }

    /// - Parameter change: gets a part of the plain form and its offset, and may change bytes, not their number. A
    ///   frame that is not as written comes as `ZstdFrame.salvage` makes it.
    /// - Returns: whether it changed anything.
    static func rewrite(
        _ reader: SegmentReader, _ change: (_ offset: Int, _ bytes: inout [UInt8]) -> Bool
    ) throws(LedgerError) {
        try booked { () throws(FileError) in
            try DurableFile.publish(to: reader.path) { writer throws(FileError) in
                guard let table = reader.table else {
                    return try copyPlain(reader.file, to: &writer, change)
                }
                try copyFrames(reader, table, to: &writer, change)
            }
        }
    }

    private static func copyPlain(
        _ file: LineFile, to writer: inout FileWriter, _ change: (Int, inout [UInt8]) -> Bool
    ) throws(FileError) {
        var offset = 0
        while true {
            var bytes = try file.read(at: offset, length: chunkBytes)
            if bytes.isEmpty { return }
            let count = bytes.count
            _ = change(offset, &bytes)
            try writer.write(bytes)
            offset += count
        }
    }

    private static func copyFrames(
        _ reader: SegmentReader, _ table: SeekTable, to writer: inout FileWriter, _ change: (Int, inout [UInt8]) -> Bool
    ) throws(FileError) {
        var newTable = SeekTable()
        let compressor = FrameCompressor()
        for frame in table.frames {
            var raw = try reader.file.read(at: frame.place.lowerBound, length: frame.place.count)
            let written = ZstdFrame.content(of: raw, sizeBytes: frame.content.count)
            var content = written ?? ZstdFrame.salvage(raw, sizeBytes: frame.content.count)
            if change(frame.content.lowerBound, &content) || written == nil {
                guard let changed = compressor.frame(of: content) else {
                    throw FileError(.write, reader.path, EIO, advice: "what was compressed reads otherwise")
                }
                raw = changed
            }
            newTable.add(compressedBytes: raw.count, contentBytes: frame.content.count)
            try writer.write(raw)
        }
        try writer.write(newTable.bytes)
    }
}

extension [UInt8] {
    /// - Parameters:
    ///   - ranges: of a whole of which these bytes are a part, in order.
    ///   - offset: where they begin in it.
    /// - Returns: whether a range touched them.
    mutating func blank(_ ranges: [Range<Int>], offset: Int) -> Bool {
        let mine = offset..<offset + count
        var low = 0
        var high = ranges.count
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].upperBound <= mine.lowerBound { low = middle + 1 } else { high = middle }
        }
        var isTouched = false
        while low < ranges.count, ranges[low].lowerBound < mine.upperBound {
            let part = ranges[low].clamped(to: mine)
            for index in part { self[index - offset] = UInt8(ascii: " ") }
            isTouched = isTouched || !part.isEmpty
            low += 1
        }
        return isTouched
    }
}
