import CLinux
import Glibc
import SystemPackage

/// A descriptor with one owner: closed when it goes out of scope, or by `close()` where a late error matters.
struct OpenFile: ~Copyable, Sendable {
    /// Flags for reading what others may have put there: a link is refused, and a FIFO does not block.
    static let readOnly = O_RDONLY | O_NOFOLLOW | O_NONBLOCK

    private(set) var descriptor: Int32
    let path: FilePath

    /// - Parameter flags: O_CLOEXEC is always added, so that no child of the daemon keeps a file of the spool open.
    init(_ path: FilePath, _ flags: Int32, mode: UInt32 = 0) throws(FileError) {
        let opened = try call(.open, path) { path.withPlatformString { clinux_open($0, flags | O_CLOEXEC, mode) } }
        self.descriptor = Int32(opened)
        self.path = path
        if flags & O_CREAT != 0 { FileTrace.note(path, .opened(path, inode: tracedInode)) }
    }

    /// A name in an open directory, so that no part of its path can be exchanged on the way.
    /// - Parameter path: its last name is opened; all of it is for messages.
    init(_ path: FilePath, _ flags: Int32, in directory: Int32) throws(FileError) {
        let opened = try call(.open, path) {
            let name = path.lastComponent
            return name?.withPlatformString { clinux_openat(directory, $0, flags | O_CLOEXEC, 0) } ?? -Int(EINVAL)
        }
        self.descriptor = Int32(opened)
        self.path = path
    }

    /// A file without a name, for reading and writing, in the file system of `directory`; gone when it is closed.
    init(scratchIn directory: FilePath) throws(FileError) {
        self.descriptor = try Self.scratch(in: directory)
        self.path = directory
    }

    private static func scratch(in directory: FilePath) throws(FileError) -> Int32 {
        do throws(FileError) {
            return Int32(try call(.open, directory) { directory.withPlatformString { clinux_open_unnamed($0) } })
        } catch {
            // Not every file system knows files without a name.
            guard [EOPNOTSUPP, EISDIR, EINVAL].contains(error.code) else { throw error }
        }
        // Its name is taken away at once. All have the same: what a process that ended between the two calls left goes
        // with the next, and whoever takes away another's does what that one was about to do.
        let name = directory.appending(".scratch")
        try DurableFile.remove(name)
        let file = try OpenFile(name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600)
        try DurableFile.remove(name)
        return file.release()
    }

    deinit {
        // Only a reader, or a writer whose bytes are given up, comes here open: there is no error left to hear.
        if descriptor >= 0 { _ = clinux_close(descriptor) }
    }

    /// Gives the descriptor to a new owner, who closes it.
    consuming func release() -> Int32 {
        let released = descriptor
        descriptor = -1
        return released
    }

    /// Hands out what some file systems report only now (a quota, a network that failed).
    consuming func close() throws(FileError) {
        let closing = descriptor
        descriptor = -1
        // Linux has freed the descriptor also when it says EINTR: closing again could hit another thread's file.
        try call(.close, path) {
            let result = clinux_close(closing)
            return result == -Int(EINTR) ? 0 : result
        }
    }

    /// Up to `buffer.count` bytes from where the last read ended. 0: the end of the file.
    func read(into buffer: inout [UInt8]) throws(FileError) -> Int {
        try call(.read, path) { most in
            buffer.withUnsafeMutableBytes { clinux_read(descriptor, $0.baseAddress, min($0.count, most)) }
        }
    }

    /// Up to `range.count` bytes of the file from `offset` into `buffer[range]`. 0: the end of the file.
    func read(at offset: Int, into buffer: inout [UInt8], _ range: Range<Int>) throws(FileError) -> Int {
        try buffer.withUnsafeMutableBufferPointer { bytes throws(FileError) in
            try read(
                at: offset, into: UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: bytes[range])))
        }
    }

    /// Up to `buffer.count` bytes of the file from `offset`. 0: the end of the file.
    func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(FileError) -> Int {
        try call(.read, path) { most in
            clinux_pread(descriptor, buffer.baseAddress, min(buffer.count, most), Int64(offset))
        }
    }

    /// All of `bytes`, at the end of what was written before.
    func write(_ bytes: Span<UInt8>) throws(FileError) {
        var written = 0
        while written < bytes.count {
            let rest = bytes.extracting(written..<bytes.count)
            let moved = try call(.write, path) { most in
                rest.withUnsafeBufferPointer { clinux_write(descriptor, $0.baseAddress, min($0.count, most)) }
            }
            guard moved > 0 else { throw FileError(.write, path, EIO) }
            FileTrace.note(path, .wrote(inode: tracedInode, rest.extracting(0..<moved).copied))
            written += moved
        }
    }

    func sync() throws(FileError) {
        try FileTrace.syncing(self) { () throws(FileError) in
            try call(.fsync, path) { FileExecutor.blocking { clinux_fsync(descriptor) } }
        }
    }

    /// The bytes and the size, but no times: all that reading them back needs.
    func syncData() throws(FileError) {
        try FileTrace.syncing(self) { () throws(FileError) in
            try call(.fdatasync, path) { FileExecutor.blocking { clinux_fdatasync(descriptor) } }
        }
    }

    func truncate(to sizeBytes: Int) throws(FileError) {
        try call(.truncate, path) { clinux_ftruncate(descriptor, Int64(sizeBytes)) }
        FileTrace.note(path, .truncated(inode: tracedInode, sizeBytes: sizeBytes))
    }

    func facts() throws(FileError) -> FileFacts {
        var facts = clinux_facts()
        try call(.stat, path) { clinux_fstat(descriptor, &facts) }
        return FileFacts(facts)
    }
}

extension Span<UInt8> {
    fileprivate var copied: [UInt8] { indices.map { self[$0] } }
}
