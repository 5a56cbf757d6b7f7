import DurableFiles
import SystemPackage

/// Which bytes of a segment are records, wherever they stand: bytes may have been lost, or come in between.
struct RecordScan {
    private static let windowBytes = 1 << 20

    /// Ranges of bytes, each of whole records, in order.
    private(set) var kept: [Range<Int>] = []
    private(set) var lost: [Range<Int>] = []
    private let file: LineFile
    private let sizeBytes: Int

    var records: Int { kept.reduce(0) { $0 + $1.count / KeyRecord.size } }

    /// - Parameter offset: in bytes, from where on.
    init(of path: FilePath, from offset: Int = 0) throws(FileError) {
        file = try LineFile(path)
        sizeBytes = try file.facts().sizeBytes
        let window = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.windowBytes, alignment: 8)
        defer { window.deallocate() }
        var offset = offset
        while offset < sizeBytes {
            let filled = min(try file.read(at: offset, into: window), sizeBytes - offset)
            guard filled >= KeyRecord.size else {
                add(offset..<sizeBytes, isRecord: false)
                return
            }
            let bytes = Span<UInt8>(_unsafeBytes: UnsafeRawBufferPointer(rebasing: window[..<filled]))
            var at = 0
            while at + KeyRecord.size <= filled {
                let isRecord = KeyRecord.isWhole(bytes.extracting(at..<at + KeyRecord.size))
                let length = isRecord ? KeyRecord.size : 1
                add(offset + at..<offset + at + length, isRecord: isRecord)
                at += length
            }
            offset += at
        }
    }

    /// A torn tail is none.
    func isDamaged(isLast: Bool) -> Bool {
        guard let first = lost.first else { return false }
        return !isLast || lost.count > 1 || first.upperBound < sizeBytes
    }

    /// Writes the records alone, in the place of the file.
    func publish(to path: FilePath) throws(FileError) {
        try DurableFile.publish(to: path) { writer throws(FileError) in
            for range in kept {
                for start in stride(from: range.lowerBound, to: range.upperBound, by: Self.windowBytes) {
                    let length = min(Self.windowBytes, range.upperBound - start)
                    try writer.write(try file.read(at: start, length: length))
                }
            }
        }
    }

    private mutating func add(_ range: Range<Int>, isRecord: Bool) {
        if isRecord { Self.extend(&kept, by: range) } else { Self.extend(&lost, by: range) }
    }

    private static func extend(_ ranges: inout [Range<Int>], by range: Range<Int>) {
        if let last = ranges.last, last.upperBound == range.lowerBound {
            ranges[ranges.count - 1] = last.lowerBound..<range.upperBound
        } else {
            ranges.append(range)
        }
    }
}
