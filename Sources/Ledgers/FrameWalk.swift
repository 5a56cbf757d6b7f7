import DurableFiles
import Glibc

extension SeekTable {
    /// From the frames themselves. Each is read, as what is damaged may be its own word on how long it is; behind one
    /// that cannot be read the next frame is searched for, and what lies before that counts as one frame.
    /// - Parameter stored: the table that the file ends with, if it does. What it says of damaged frames keeps those
    ///   behind them in their places.
    init(walking file: LineFile, stored: SeekTable?) throws(FileError) {
        self.init()
        // Whole: a segment is 64 MiB and an answer at the most, before it is compressed.
        let bytes = try file.read(at: 0, length: try file.facts().sizeBytes)
        let end = stored?.compressedBytes ?? Self.place(in: bytes) ?? bytes.count
        while compressedBytes < end {
            let start = compressedBytes
            if let frame = ZstdFrame.size(at: bytes[start..<end]),
                ZstdFrame.content(of: Array(bytes[start..<start + frame.frame]), sizeBytes: frame.content) != nil
            {
                add(compressedBytes: frame.frame, contentBytes: frame.content)
                continue
            }
            let next = bytes.firstPlace(of: ZstdFrame.magic, in: start + 1..<end) ?? end
            let known = stored?.frames.first { $0.place.upperBound > start }
            // Where the magic number behind it is damaged too, the table still tells the two apart.
            let place = start..<min(next, known?.place.upperBound ?? next)
            let content = known?.place == place ? known?.content.count : ZstdFrame.contentSize(at: bytes[place])
            add(compressedBytes: place.count, contentBytes: content ?? 0)
        }
    }

    /// Where a table begins that does not tell of its frames any more.
    private static func place(in bytes: [UInt8]) -> Int? {
        var from = 0
        while let place = bytes.firstPlace(of: skippableMagicBytes, in: from..<bytes.count) {
            if place + headerBytes <= bytes.count,
                place + headerBytes + Int(bytes.word(at: place + 4)) == bytes.count
            {
                return place
            }
            from = place + 1
        }
        return nil
    }
}

extension [UInt8] {
    fileprivate func firstPlace(of part: [UInt8], in range: Range<Int>) -> Int? {
        withUnsafeBytes { bytes in
            var from = range.lowerBound
            while from + part.count <= range.upperBound, let base = bytes.baseAddress,
                let found = memchr(base + from, Int32(part[0]), range.upperBound - from)
            {
                let place = UnsafeRawPointer(found) - base
                if place + part.count <= range.upperBound, bytes[place..<place + part.count].elementsEqual(part) {
                    return place
                }
                from = place + 1
            }
            return nil
        }
    }
}
