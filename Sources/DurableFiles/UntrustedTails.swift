import Glibc
import Synchronization
import SystemPackage

/// Logs of this process of which a flush failed, and the cutting of what it had written failed as well: their tails may
/// be in memory alone, whatever an fsync says by now.
package enum UntrustedTails {
    private struct FileID: Hashable {
        let device: UInt64
        let inode: UInt64
    }

    /// How many bytes of a file can be trusted.
    private static let durableBytes = Mutex<[FileID: Int]>([:])

    static func note(_ file: FileFacts, durableBytes bytes: Int) {
        durableBytes.withLock { $0[FileID(device: file.device, inode: file.inode)] = bytes }
    }

    /// Cuts the tail of a file that is opened anew.
    /// - Throws: EIO where there was one, cut or not: whoever opens the file has read it before.
    static func cut(_ file: borrowing OpenFile, _ facts: FileFacts) throws(FileError) {
        let id = FileID(device: facts.device, inode: facts.inode)
        guard let trusted = durableBytes.withLock({ $0[id] }) else { return }
        if facts.sizeBytes > trusted {
            try file.truncate(to: trusted)
            try file.sync()
        }
        durableBytes.withLock { $0[id] = nil }
        if facts.sizeBytes > trusted {
            throw FileError(
                .fsync, file.path, EIO, advice: "what an earlier fsync did not bring to the disk is cut off")
        }
    }

    /// What a new process knows of the failures of an earlier one. For tests, in which both are one.
    package static func forget() { durableBytes.withLock { $0 = [:] } }
}
