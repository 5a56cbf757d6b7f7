import Glibc
import Synchronization
package import SystemPackage

/// An append-only file whose records outlive the process as soon as `write` returns, and the machine's power once
/// `sync` does. For records that are few, whose writer must not wait for a disk, and which nothing goes out before.
package final class WrittenLog: Sendable {
    private let writing: Mutex<OpenFile>
    /// A descriptor of its own, so that nobody who writes waits for an fsync.
    private let syncing: Mutex<OpenFile>

    /// - Throws: ENOENT where nothing has that name: a log begins as a published file.
    package init(appendingTo path: FilePath) throws(FileError) {
        writing = Mutex(try OpenFile(path, O_WRONLY | O_APPEND | O_NOFOLLOW))
        syncing = Mutex(try OpenFile(path, O_WRONLY | O_NOFOLLOW))
    }

    /// - Throws: the end of the file is unknown then; the log is not to be used again.
    package func write(_ records: [UInt8]) throws(FileError) {
        try writing.withLock { file throws(FileError) in try file.write(records.span) }
    }

    /// Makes all that was written before the call durable. It blocks.
    /// - Throws: what was written may be lost with the machine's power; the log is not to be used again.
    package func sync() throws(FileError) {
        try syncing.withLock { file throws(FileError) in try file.syncData() }
    }
}
