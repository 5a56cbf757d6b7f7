import Glibc

/// The part of a file that a line scan holds in memory: from the start of the line that is not whole yet to the end
/// of what was read. It holds at most twice a line of the limit and a chunk.
struct LineWindow {
    static let chunkBytes = 256 << 10

    private let limitLineBytes: Int
    private var buffer: [UInt8] = []
    /// What of `buffer` is content, not shown yet. `unread.lowerBound` is where a line begins.
    private var unread = 0..<0
    /// Up to here `unread` is known to hold no newline.
    private var searched = 0
    /// The offset in the file of `unread.lowerBound`.
    private var lineOffset: Int
    /// The line that begins at `lineOffset` is over the limit: its bytes are dropped, this many so far.
    private var droppedBytes: Int?

    init(offset: Int, limitLineBytes: Int) {
        precondition(offset >= 0 && limitLineBytes >= 0, "offsets and limits are numbers from 0 up")
        self.lineOffset = offset
        self.limitLineBytes = limitLineBytes
    }

    /// Reads one more chunk.
    /// - Returns: how much it was; 0 at the end of the file.
    mutating func fill(
        _ read: (inout [UInt8], Range<Int>, _ offset: Int) throws(FileError) -> Int
    ) throws(FileError) -> Int {
        makeRoom()
        let room = unread.upperBound..<buffer.count
        let count = try read(&buffer, room, lineOffset + (droppedBytes ?? 0) + unread.count)
        unread = unread.lowerBound..<(unread.upperBound + count)
        return count
    }

    private mutating func makeRoom() {
        if buffer.count - unread.upperBound >= Self.chunkBytes / 2 { return }
        buffer.withUnsafeMutableBytes { bytes in
            guard let start = bytes.baseAddress else { return }
            _ = memmove(start, start + unread.lowerBound, unread.count)
        }
        searched -= unread.lowerBound
        unread = 0..<unread.count
        if buffer.count - unread.upperBound >= Self.chunkBytes / 2 { return }
        // Twice the size each time, so that a long line is moved a few times only.
        buffer += [UInt8](repeating: 0, count: max(buffer.count, Self.chunkBytes))
    }

    /// - Parameter isLast: nothing follows, so that what is left is a line without its newline.
    /// - Returns: false when a closure said to stop.
    mutating func showLines(
        isLast: Bool, tooLong: (Int, Int) -> Bool, line body: (Int, Span<UInt8>, Bool) -> Bool
    ) -> Bool {
        while let newline = newline(of: buffer, in: searched..<unread.upperBound) {
            guard show(unread.lowerBound..<newline, newlineBytes: 1, tooLong, body) else { return false }
        }
        if unread.count > limitLineBytes || droppedBytes != nil {
            droppedBytes = (droppedBytes ?? 0) + unread.count
            unread = unread.upperBound..<unread.upperBound
        }
        searched = unread.upperBound
        if isLast && (!unread.isEmpty || droppedBytes != nil) {
            return show(unread, newlineBytes: 0, tooLong, body)
        }
        return true
    }

    private mutating func show(
        _ line: Range<Int>, newlineBytes: Int, _ tooLong: (Int, Int) -> Bool, _ body: (Int, Span<UInt8>, Bool) -> Bool
    ) -> Bool {
        let length = (droppedBytes ?? 0) + line.count
        let offset = lineOffset
        lineOffset += length + newlineBytes
        unread = (line.upperBound + newlineBytes)..<unread.upperBound
        searched = unread.lowerBound
        droppedBytes = nil
        guard length <= limitLineBytes else { return tooLong(offset, length) }
        return body(offset, buffer.span.extracting(line), newlineBytes == 1)
    }
}
