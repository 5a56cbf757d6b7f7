import Glibc
import Synchronization
import SystemPackage

/// The file below an `AppendLog`: records are staged in memory at any time, and flushed by one caller at a time.
final class AppendFile: Sendable {
    private struct Staged {
        var records: [UInt8] = []
        /// Of the file and of `records` together.
        var sizeBytes: Int
        var durableBytes: Int
        /// False after a failure or `close`: nothing is going to be written any more, so nothing is kept.
        var isOpen = true
        /// What is staged is still written, and nothing more.
        var isClosing = false
        /// A record came too late.
        var hasLost = false

        mutating func take(_ record: [UInt8]) -> Int {
            defer { sizeBytes += record.count }
            guard isOpen else {
                hasLost = true
                return sizeBytes
            }
            // The first of a round is not copied: it may be large.
            if records.isEmpty { records = record } else { records += record }
            return sizeBytes
        }
    }

    private let path: FilePath
    private let opened: FileFacts
    private let file: Mutex<OpenFile?>
    private let staged: Mutex<Staged>

    init(_ path: FilePath, create: Bool, truncatingTo sizeBytes: Int?) throws(FileError) {
        let file = try Self.open(path, create: create)
        let opened = try file.regularFacts()
        try UntrustedTails.cut(file, opened)
        var size = opened.sizeBytes
        if let sizeBytes, sizeBytes != size {
            guard sizeBytes < size else {
                throw FileError(.truncate, path, EINVAL, advice: "it has \(size) bytes, not \(sizeBytes) or more")
            }
            try file.truncate(to: sizeBytes)
            size = sizeBytes
        }
        // What a killed process wrote may be in memory alone: others are told that it is durable. And a crash could
        // bring a torn tail back in front of what is appended now.
        if opened.sizeBytes > 0 { try file.sync() }
        self.path = path
        self.opened = opened
        self.file = Mutex(file)
        self.staged = Mutex(Staged(sizeBytes: size, durableBytes: size))
    }

    private static func open(_ path: FilePath, create: Bool) throws(FileError) -> OpenFile {
        let flags = O_WRONLY | O_APPEND | O_NOFOLLOW
        guard create else { return try OpenFile(path, flags) }
        let file = try OpenFile(path, flags | O_CREAT, mode: 0o640)
        // Also when the file existed: a crash may have come between its creation and this fsync.
        try DurableFile.syncDirectory(path.parent)
        return file
    }

    var sizeBytes: Int { staged.withLock { $0.sizeBytes } }
    var durableBytes: Int { staged.withLock { $0.durableBytes } }

    /// What somebody else did to the file, in words; nil: nothing that can be seen from its name and size.
    func interference() throws(FileError) -> String? {
        // In this order: what is written meanwhile may be in the size or not.
        let durable = durableBytes
        guard let now = try FileFacts(at: path) else { return "it is gone" }
        guard now.isSameFile(as: opened) else { return "another file stands in its place" }
        if now.sizeBytes < durable { return "it has \(now.sizeBytes) bytes, and \(durable) were written" }
        let most = sizeBytes
        return now.sizeBytes > most ? "it has \(now.sizeBytes) bytes, and only \(most) were written" : nil
    }

    /// - Returns: the offset in bytes at which `record` will be.
    func stage(_ record: [UInt8]) -> Int { staged.withLock { $0.take(record) } }

    /// - Returns: nil: it is not taken, since the file is being closed.
    func stageUnlessClosing(_ record: [UInt8]) -> Int? {
        staged.withLock { $0.isClosing ? nil : $0.take(record) }
    }

    /// Refuses what comes from now on through `stageUnlessClosing`.
    func beginClosing() { staged.withLock { $0.isClosing = true } }

    /// Writes what is staged and makes it durable. Not to be called again after it threw: the tail of the file is
    /// unknown then.
    func flush() throws(FileError) {
        let (records, hasLost) = staged.withLock { staged in
            defer { staged.records = [] }
            return (staged.records, staged.hasLost)
        }
        if hasLost { throw FileError(.write, path, EBADF) }
        // Rounds follow each other: an earlier round has written what this one was called for, and synced it.
        if records.isEmpty { return }
        do throws(FileError) {
            try file.withLock { file throws(FileError) in
                guard file != nil else { throw FileError(.write, path, EBADF) }
                try file!.write(records.span)
                try file!.syncData()
            }
            staged.withLock { $0.durableBytes += records.count }
        } catch {
            abandon()
            distrustTail()
            throw error
        }
    }

    /// After a failed fsync the kernel may hold the pages for clean: they can be read, the next fsync says that all is
    /// well, and the disk never gets them. What was promised to nobody is cut off, so that nobody reads it.
    private func distrustTail() {
        let durable = durableBytes
        file.withLock { file in
            do throws(FileError) { try file?.truncate(to: durable) } catch {
                UntrustedTails.note(opened, durableBytes: durable)
            }
        }
    }

    /// Forgets what is staged and takes nothing more.
    func abandon() {
        staged.withLock { staged in
            staged.isOpen = false
            staged.records = []
        }
    }

    /// What is staged must be flushed before.
    func close() throws(FileError) {
        abandon()
        try file.withLock { file throws(FileError) in try file.take()?.close() }
    }
}
