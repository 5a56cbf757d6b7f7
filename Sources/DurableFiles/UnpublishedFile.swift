import Glibc
package import SystemPackage

/// A large file that is written in steps, with waiting in between, and then put under its name whole. It is for what
/// `DurableFile.publish` cannot do in one closure; given up, it leaves nothing.
package struct UnpublishedFile: ~Copyable, Sendable {
    /// Synced piece by piece: one fsync of a gigabyte would keep the fsyncs of everybody else waiting behind it.
    private static let syncBytes = 32 << 20

    private let path: FilePath
    private let temporary: FilePath
    private var writer: FileWriter?
    private var unsyncedBytes = 0

    /// - Parameter mode: narrowed by the umask.
    package init(for path: FilePath, mode: UInt32 = 0o640) throws(FileError) {
        self.path = path
        temporary = DurableFile.temporaryName(for: path)
        writer = FileWriter(try OpenFile(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: mode))
    }

    deinit {
        if writer != nil { DurableFile.discard(temporary) }
    }

    package mutating func write(_ bytes: Span<UInt8>) throws(FileError) {
        try writer!.write(bytes)
        unsyncedBytes += bytes.count
        guard unsyncedBytes >= Self.syncBytes else { return }
        try writer!.syncData()
        unsyncedBytes = 0
    }

    /// Takes the place of what has the name; durable when it returns.
    package consuming func publish() throws(FileError) {
        do throws(FileError) {
            try writer.take()!.finish(durable: true)
            try DurableFile.replace(path, with: temporary)
        } catch {
            DurableFile.discard(temporary)
            throw error
        }
        try DurableFile.syncDirectory(path.parent)
    }

    /// Removes what a process that ended in the middle left of such files for `path`.
    package static func removeLeftovers(of path: FilePath) throws(FileError) {
        let begin = [UInt8(ascii: ".")] + path.lastNameBytes + [UInt8(ascii: ".")]
        for name in try DurableFile.list(path.parent) where name.starts(with: begin) && name.ends(with: ".tmp") {
            try DurableFile.remove(path.parent.appending(nameBytes: name))
        }
    }
}

extension [UInt8] {
    fileprivate func ends(with text: String) -> Bool { suffix(text.utf8.count).elementsEqual(text.utf8) }
}
