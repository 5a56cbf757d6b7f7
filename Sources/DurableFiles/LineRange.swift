import Glibc

/// Shows the lines that begin within a range of a file's bytes; the last of them may end behind it. Ranges that cover a
/// file show each line once, whoever reads them. Its memory is used again for range after range; one at a time uses it.
package final class LineRange {
    private var buffer: [UInt8] = []
    /// How much more is read at a time of a line that goes on behind the range.
    private static let stepBytes = 64 << 10

    package init() {}

    /// - Parameters: as `LineFile.scan`.
    package func scan(
        _ file: LineFile, _ range: Range<Int>, limitLineBytes: Int,
        tooLong: (_ offset: Int, _ length: Int) -> Void,
        line body: (_ offset: Int, _ line: Span<UInt8>, _ endsWithNewline: Bool) -> Void
    ) throws(FileError) {
        // A line begins behind a newline, so that the byte before the range tells of its first.
        let start = max(0, range.lowerBound - 1)
        let filled = try fill(from: file, at: start, 0..<range.upperBound - start)
        var begin = 0
        if range.lowerBound > 0 {
            guard let newline = newline(of: buffer, in: 0..<filled) else { return }
            begin = newline + 1
        }
        let bytes = buffer  // the memory itself: nothing fills it meanwhile
        while begin < filled, start + begin < range.upperBound, let end = newline(of: bytes, in: begin..<filled) {
            show(bytes, begin..<end, at: start, endsWithNewline: true, limitLineBytes, tooLong, body)
            begin = end + 1
        }
        _ = consume bytes
        if begin < filled, start + begin < range.upperBound {
            try showLast(of: file, begin..<filled, at: start, limitLineBytes, tooLong, body)
        }
        // A long line is no reason to keep its memory.
        if buffer.count > 4 * range.count + (1 << 20) { buffer = [] }
    }

    /// The last line of a range, or what of it lies in the range: the rest is read.
    private func showLast(
        of file: LineFile, _ part: Range<Int>, at start: Int, _ limitLineBytes: Int,
        _ tooLong: (Int, Int) -> Void, _ body: (Int, Span<UInt8>, Bool) -> Void
    ) throws(FileError) {
        let begin = part.lowerBound
        var filled = part.upperBound
        var end: Int?
        while end == nil, filled - begin <= limitLineBytes {
            let more = try fill(from: file, at: start, filled..<filled + max(Self.stepBytes, filled - begin))
            if more == filled { break }
            end = newline(of: buffer, in: filled..<more)
            filled = more
        }
        if end == nil, filled - begin > limitLineBytes {
            tooLong(start + begin, try length(of: file, lineAt: start + begin, known: filled - begin))
        } else {
            show(buffer, begin..<(end ?? filled), at: start, endsWithNewline: end != nil, limitLineBytes, tooLong, body)
        }
    }

    /// Reads the bytes of the file from `offset` on into their place in the buffer.
    /// - Returns: the end of what is filled: that of `part`, or less where the file ends.
    private func fill(from file: LineFile, at offset: Int, _ part: Range<Int>) throws(FileError) -> Int {
        if buffer.count < part.upperBound {
            buffer += [UInt8](repeating: 0, count: part.upperBound - buffer.count + Self.stepBytes)
        }
        let result = unsafe buffer.withUnsafeMutableBytes { bytes in
            Result { () throws(FileError) in
                unsafe try file.read(
                    at: offset + part.lowerBound, into: UnsafeMutableRawBufferPointer(rebasing: bytes[part]))
            }
        }
        return part.lowerBound + (try result.get())
    }

    private func show(
        _ bytes: [UInt8], _ line: Range<Int>, at start: Int, endsWithNewline: Bool, _ limitLineBytes: Int,
        _ tooLong: (Int, Int) -> Void, _ body: (Int, Span<UInt8>, Bool) -> Void
    ) {
        if line.count > limitLineBytes { return tooLong(start + line.lowerBound, line.count) }
        body(start + line.lowerBound, bytes.span.extracting(line), endsWithNewline)
    }

    /// How long a line is whose first `known` bytes have no newline.
    private func length(of file: LineFile, lineAt offset: Int, known: Int) throws(FileError) -> Int {
        var length = known
        while true {
            let filled = try fill(from: file, at: offset + length, 0..<(1 << 20))
            if let end = newline(of: buffer, in: 0..<filled) { return length + end }
            if filled == 0 { return length }
            length += filled
        }
    }
}
