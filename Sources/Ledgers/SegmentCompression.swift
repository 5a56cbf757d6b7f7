import DurableFiles
import Glibc
import SystemPackage

/// Turns a plain segment into a compressed one, byte for byte the same. It takes as long as the segment is large.
enum SegmentCompression {
    /// A frame ends with the first line that reaches this: one answer is one frame to read, and compresses well.
    static let frameBytes = 160 << 10

    /// When this returns, the compressed form is durable, was read back and compared, and the plain one is gone.
    /// - Throws: the plain one is there as before.
    static func compress(_ segment: AnswerSegment) throws(LedgerError) {
        let plain = try booked { () throws(FileError) in try LineFile(segment.plain) }
        try booked { () throws(FileError) in
            try DurableFile.publish(to: segment.compressed) { writer throws(FileError) in
                var table = SeekTable()
                let compressor = FrameCompressor()
                try plain.forEachFrame { bytes throws(FileError) in
                    guard let frame = compressor.frame(of: bytes) else {
                        throw FileError(.write, segment.compressed, EIO, advice: "what was compressed reads otherwise")
                    }
                    table.add(compressedBytes: frame.count, contentBytes: bytes.count)
                    try writer.write(frame)
                }
                try writer.write(table.bytes)
            }
        }
        guard try isSame(segment, plain) else {
            try booked { () throws(FileError) in try DurableFile.remove(segment.compressed) }
            throw .damaged(
                path: segment.compressed.string, line: 1, reason: "it was written, and reads otherwise; it was removed")
        }
        try booked { () throws(FileError) in
            try DurableFile.remove(segment.plain)
            try DurableFile.syncDirectory(segment.plain.parent)
        }
    }

    private static func isSame(_ segment: AnswerSegment, _ plain: LineFile) throws(LedgerError) -> Bool {
        try booked { () throws(FileError) in
            let file = try LineFile(segment.compressed)
            guard let table = try SeekTable(endOf: file), table.contentBytes == (try plain.facts()).sizeBytes else {
                return false
            }
            for frame in table.frames {
                let read = try file.read(at: frame.place.lowerBound, length: frame.place.count)
                guard let content = ZstdFrame.content(of: read, sizeBytes: frame.content.count),
                    content == (try plain.read(at: frame.content.lowerBound, length: frame.content.count))
                else { return false }
            }
            return true
        }
    }
}

extension LineFile {
    /// Shows the bytes of the file, cut behind newlines.
    fileprivate func forEachFrame(_ body: ([UInt8]) throws(FileError) -> Void) throws(FileError) {
        var held: [UInt8] = []
        var offset = 0
        while true {
            let bytes = try read(at: offset, length: 1 << 20)
            if bytes.isEmpty { break }
            offset += bytes.count
            var start = 0
            // A frame's end is the first newline that is far enough behind its beginning.
            while true {
                let earliest = max(start, start + SegmentCompression.frameBytes - held.count)
                guard earliest < bytes.count,
                    let newline = bytes[earliest...].firstIndex(of: UInt8(ascii: "\n"))
                else { break }
                held += bytes[start...newline]
                try body(held)
                held.removeAll(keepingCapacity: true)
                start = newline + 1
            }
            held += bytes[start...]
        }
        if !held.isEmpty { try body(held) }
    }
}
