import DurableFiles

/// Where the frames of a compressed file are: the "zstd seekable format" (facebook/zstd,
/// contrib/seekable_format/zstd_seekable_compression_format.md, version 0.1.1). At the end of the file, in a skippable
/// frame so that `zstd -d` passes it over: for each frame its compressed and its plain size (4 bytes each, and 4 of a
/// checksum where the flag is set), then the number of frames (4), the flags (1) and a magic number (4), all
/// little-endian.
struct SeekTable: Equatable {
    struct Frame: Equatable {
        /// In the compressed file.
        var place: Range<Int>
        /// In the plain one.
        var content: Range<Int>
    }

    private(set) var frames: [Frame] = []

    private static let skippableMagic: UInt32 = 0x184D_2A5E
    static var skippableMagicBytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(word: skippableMagic)
        return bytes
    }
    private static let seekableMagic: UInt32 = 0x8F92_EAB1
    static let headerBytes = 8
    private static let footerBytes = 9
    /// A longer one belongs to no file of ours; its size must not decide how much memory is asked for.
    private static let limitBytes = 256 << 20

    var compressedBytes: Int { frames.last?.place.upperBound ?? 0 }
    var contentBytes: Int { frames.last?.content.upperBound ?? 0 }

    mutating func add(compressedBytes size: Int, contentBytes content: Int) {
        frames.append(
            Frame(
                place: compressedBytes..<compressedBytes + size, content: contentBytes..<contentBytes + content))
    }

    /// The frame that holds the byte at `offset` of the plain file.
    func frame(containing offset: Int) -> Int? {
        var (low, high) = (0, frames.count)
        while low < high {
            let middle = (low + high) / 2
            if frames[middle].content.upperBound <= offset { low = middle + 1 } else { high = middle }
        }
        return low < frames.count && frames[low].content.contains(offset) ? low : nil
    }

    /// As it stands at the end of the file, skippable frame and all.
    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(word: Self.skippableMagic)
        bytes.append(word: UInt32(frames.count * 8 + Self.footerBytes))
        for frame in frames {
            bytes.append(word: UInt32(frame.place.count))
            bytes.append(word: UInt32(frame.content.count))
        }
        bytes.append(word: UInt32(frames.count))
        bytes.append(0)
        bytes.append(word: Self.seekableMagic)
        return bytes
    }

    init() {}

    /// - Returns: nil if the file does not end in a table that fits the rest of it.
    init?(endOf file: LineFile) throws(FileError) {
        let size = try file.facts().sizeBytes
        guard size >= Self.headerBytes + Self.footerBytes else { return nil }
        let footer = try file.read(at: size - Self.footerBytes, length: Self.footerBytes)
        guard footer.count == Self.footerBytes, footer.word(at: 5) == Self.seekableMagic, footer[4] & 0x7F == 0 else {
            return nil
        }
        let count = Int(footer.word(at: 0))
        let entryBytes = footer[4] == 0 ? 8 : 12
        let tableBytes = Self.headerBytes + count * entryBytes + Self.footerBytes
        guard tableBytes <= min(size, Self.limitBytes) else { return nil }
        let table = try file.read(at: size - tableBytes, length: tableBytes)
        guard table.count == tableBytes, table.word(at: 0) == Self.skippableMagic,
            table.word(at: 4) == UInt32(tableBytes - Self.headerBytes)
        else { return nil }
        frames.reserveCapacity(count)
        for number in 0..<count {
            let start = Self.headerBytes + number * entryBytes
            add(compressedBytes: Int(table.word(at: start)), contentBytes: Int(table.word(at: start + 4)))
        }
        guard compressedBytes == size - tableBytes else { return nil }
    }
}

extension [UInt8] {
    fileprivate mutating func append(word: UInt32) {
        for shift in stride(from: UInt32(0), to: 32, by: 8) { append(UInt8(truncatingIfNeeded: word >> shift)) }
    }

    func word(at start: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 | UInt32(self[start + $1]) << (8 * UInt32($1)) }
    }
}
