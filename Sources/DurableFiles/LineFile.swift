import Glibc
package import SystemPackage

/// An open file of lines, read in chunks with bounded memory. Reading keeps no position, so that several tasks may.
package final class LineFile: Sendable {
    private static let smallRead = 1 << 16
    private let file: OpenFile
    package let path: FilePath

    /// - Throws: ENOENT where nothing has that name, EINVAL for what is no regular file.
    package init(_ path: FilePath) throws(FileError) {
        self.path = path
        self.file = try OpenFile(path, OpenFile.readOnly)
        _ = try file.regularFacts()
    }

    init(_ file: consuming OpenFile) {
        path = file.path
        self.file = file
    }

    func append(_ bytes: Span<UInt8>) throws(FileError) { try file.write(bytes) }

    package func facts() throws(FileError) -> FileFacts {
        try file.facts()
    }

    /// The bytes from `offset` on: fewer than `length` where the file ends before.
    package func read(at offset: Int, length: Int) throws(FileError) -> [UInt8] {
        // What a damaged record states is no reason to take memory for what the file does not have.
        let length = length <= Self.smallRead ? length : min(length, max(0, try facts().sizeBytes - offset))
        var bytes = [UInt8](repeating: 0, count: length)
        var filled = 0
        while filled < length {
            let count = try file.read(at: offset + filled, into: &bytes, filled..<length)
            if count == 0 { break }
            filled += count
        }
        bytes.removeSubrange(filled...)
        return bytes
    }

    /// Fills `buffer` with the bytes from `offset` on, without memory of its own.
    /// - Returns: how many: fewer than `buffer.count` where the file ends before.
    package func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(FileError) -> Int {
        var filled = 0
        while filled < buffer.count {
            let part = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
            let count = try file.read(at: offset + filled, into: part)
            if count == 0 { break }
            filled += count
        }
        return filled
    }

    /// Shows every line in order; what `body` throws ends the reading and is thrown on.
    /// - Parameters:
    ///   - offset: in bytes, where a line begins.
    ///   - limitLineBytes: the longest line to show, without its newline.
    ///   - tooLong: gets the offset and the length in bytes of a longer line, which is passed over in bounded memory.
    ///   - body: gets the offset in bytes, the line without its newline (a carriage return stays), and whether there
    ///     was a newline: only the last line can lack it.
    /// - Throws: `FileError`, or what the closures throw.
    package func forEachLine(
        from offset: Int = 0, limitLineBytes: Int,
        tooLong: (_ offset: Int, _ length: Int) throws -> Void,
        _ body: (_ offset: Int, _ line: Span<UInt8>, _ endsWithNewline: Bool) throws -> Void
    ) throws {
        var failure: (any Error)?
        try scan(from: offset, limitLineBytes: limitLineBytes) { offset, length in
            do { try tooLong(offset, length) } catch { failure = error }
            return failure == nil
        } line: { offset, line, endsWithNewline in
            do { try body(offset, line, endsWithNewline) } catch { failure = error }
            return failure == nil
        }
        if let failure { throw failure }
    }

    /// The same for callers with typed errors: the closures return false to end the reading.
    package func scan(
        from offset: Int = 0, limitLineBytes: Int,
        tooLong: (_ offset: Int, _ length: Int) -> Bool,
        line body: (_ offset: Int, _ line: Span<UInt8>, _ endsWithNewline: Bool) -> Bool
    ) throws(FileError) {
        var window = LineWindow(offset: offset, limitLineBytes: limitLineBytes)
        while true {
            let count = try window.fill { buffer, range, offset throws(FileError) in
                try file.read(at: offset, into: &buffer, range)
            }
            guard window.showLines(isLast: count == 0, tooLong: tooLong, line: body), count > 0 else { return }
        }
    }
}
