import Glibc
package import SystemPackage

/// 64-bit words of this host that are appended, and read anywhere, for the time of one task: in memory up to
/// `bufferBytes`, else in a file without a name, which is gone with its descriptor, also after a crash.
package struct ScratchFile: ~Copyable, Sendable {
    private let directory: FilePath
    private let bufferBytes: Int
    private var file: Backing?
    private var writtenBytes = 0
    /// What was appended last, and not written yet: what is asked for most is looked up without a call.
    private var tail: [UInt8] = []

    /// - Parameters:
    ///   - directory: the file is made in its file system.
    ///   - bufferBytes: what memory holds at the most. So much spares a million lines every second look into the file.
    package init(in directory: FilePath, bufferBytes: Int = 16 << 20) {
        self.directory = directory
        self.bufferBytes = bufferBytes
    }

    package mutating func append(_ words: Span<UInt64>) throws(FileError) {
        if tail.count + words.count * 8 > bufferBytes { try writeTail() }
        // Copied within the call.
        unsafe words.withUnsafeBytes { unsafe tail.append(contentsOf: $0) }
    }

    private mutating func writeTail() throws(FileError) {
        let backing: Backing
        if let file { backing = file } else { backing = Backing(try OpenFile(scratchIn: directory)) }
        file = backing
        let older = min(tail.count, bufferBytes / 2)
        try backing.file.write(tail.span.extracting(0..<older))
        writtenBytes += older
        tail.removeSubrange(..<older)
    }

    /// Fills `words` from `offset` in bytes on. - Precondition: all of that was appended.
    package func read(at offset: Int, into words: inout MutableSpan<UInt64>) throws(FileError) {
        let result = unsafe words.withUnsafeMutableBytes { buffer in
            Result { () throws(FileError) in unsafe try read(at: offset, into: buffer) }
        }
        try result.get()
    }

    private func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(FileError) {
        precondition(offset >= 0 && offset + buffer.count <= writtenBytes + tail.count, "a read behind the end")
        var filled = 0
        while let file, filled < buffer.count, offset + filled < writtenBytes {
            let part = unsafe UnsafeMutableRawBufferPointer(
                rebasing: buffer[filled..<min(buffer.count, writtenBytes - offset)])
            let count = unsafe try file.file.read(at: offset + filled, into: part)
            guard count > 0 else { throw FileError(.read, directory, EIO) }
            filled += count
        }
        if filled == buffer.count { return }
        let start = offset + filled - writtenBytes
        // Both within bounds by the precondition; the buffer is the caller's and `tail` is not it.
        unsafe tail.withUnsafeBytes { tail in
            unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
                .copyMemory(from: UnsafeRawBufferPointer(rebasing: tail[start..<start + buffer.count - filled]))
        }
    }
}

/// An optional descriptor that cannot be copied could not be borrowed.
private final class Backing: Sendable {
    let file: OpenFile

    init(_ file: consuming OpenFile) {
        self.file = file
    }
}
