import CLinux
import Glibc
import Synchronization
package import SystemPackage

/// Something that was done to the files of a directory, as far as a loss of power can undo it.
package enum FileChange: Sendable {
    /// The file of that inode has the name, new or not.
    case opened(FilePath, inode: UInt64)
    /// At the end of the file: nothing here writes anywhere else.
    case wrote(inode: UInt64, [UInt8])
    case truncated(inode: UInt64, sizeBytes: Int)
    /// An fsync of a file or a directory begins, and has gone well: what is done between the two may be left out.
    case syncing(FilePath, inode: UInt64, number: Int)
    case synced(number: Int)
    case renamed(FilePath, FilePath)
    case linked(FilePath, FilePath)
    case unlinked(FilePath)
    case madeDirectory(FilePath)
    case removedDirectory(FilePath)
}

/// Tells a test what is done below a directory, in an order in which it may have happened, so that it can work out what
/// a loss of power leaves. Blocks that are shared (FICLONE), and files without a name, are not told of. Without a trace
/// the price is one relaxed load.
package final class FileTrace: Sendable {
    private static let active = ActiveList<FileTrace>()
    private static let syncs = Atomic<Int>(0)

    private let directory: FilePath
    private let tell: @Sendable (FileChange) -> Void

    package init(under directory: FilePath, _ tell: @escaping @Sendable (FileChange) -> Void) {
        self.directory = directory
        self.tell = tell
        Self.active.add(self)
    }

    package func remove() { Self.active.remove(self) }

    static func note(_ path: FilePath, _ change: @autoclosure () -> FileChange) {
        guard !active.isEmpty else { return }
        for trace in active.those(where: { $0.directory.isAbove(path) }) { trace.tell(change()) }
    }

    /// Runs an fsync of `file` between its two changes.
    static func syncing(_ file: borrowing OpenFile, _ sync: () throws(FileError) -> Void) throws(FileError) {
        guard !active.isEmpty else { return try sync() }
        let number = syncs.add(1, ordering: .relaxed).newValue
        let inode = file.tracedInode
        note(file.path, .syncing(file.path, inode: inode, number: number))
        try sync()
        note(file.path, .synced(number: number))
    }
}

extension OpenFile {
    /// Asked of the kernel directly: a trace is no call of the process.
    var tracedInode: UInt64 {
        var facts = clinux_facts()
        return clinux_fstat(descriptor, &facts) == 0 ? facts.inode : 0
    }
}

extension FilePath {
    /// By bytes: comparing components costs more than the call that is watched, in a debug build a thousand times more.
    func isAbove(_ path: FilePath) -> Bool {
        withPlatformString { above in
            path.withPlatformString { below in
                let length = strlen(above)
                guard strncmp(below, above, length) == 0 else { return false }
                let next = UInt8(bitPattern: below[length])
                return next == 0 || next == UInt8(ascii: "/")
            }
        }
    }
}
