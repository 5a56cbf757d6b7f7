import CLinux
import Glibc
package import SystemPackage

/// Asks the kernel whether anybody has a file open for writing, by taking a read lease (fcntl(2), F_SETLEASE) and
/// giving it back at once. It sees idle writers, writers through another name, and mappings whose descriptor is closed.
/// It says "no writer now", not "complete".
package enum WriterProbe {
    package enum Answer: Equatable, Sendable {
        case noWriter
        case writer
        /// Another user's file without CAP_LEASE, or a file system without leases: wait for quiet time instead.
        case notPermitted
    }

    /// - Throws: as opening does: ENOENT when the file has gone, ELOOP for a symbolic link, EINVAL for what is no file.
    package static func probe(_ path: FilePath) throws(FileError) -> Answer {
        try probe(try OpenFile(path, OpenFile.readOnly))
    }

    static func probe(_ file: consuming OpenFile) throws(FileError) -> Answer {
        _ = try file.regularFacts()
        return try probe(descriptor: file.descriptor, file.path)
    }

    /// - Parameters:
    ///   - descriptor: of a regular file, open for reading only.
    ///   - path: for messages.
    package static func probe(descriptor: Int32, _ path: FilePath) throws(FileError) -> Answer {
        do throws(FileError) {
            // Who opens the file for writing just now breaks the lease, and the kernel signals its holder. SIGIO would
            // end the process; SIGURG is ignored unless somebody asks for it.
            try call(.lease, path) { clinux_lease_signal(descriptor, SIGURG) }
            try call(.lease, path) { clinux_lease_read(descriptor) }
            try call(.lease, path) { clinux_lease_end(descriptor) }
            return .noWriter
        } catch {
            switch error.code {
            case EAGAIN: return .writer
            case EACCES, EPERM, EINVAL, ENOLCK, EOPNOTSUPP: return .notPermitted
            default: throw error
            }
        }
    }

    /// Ignores SIGIO for the whole process. `probe` asks for another signal by itself; this is for code that holds
    /// leases of its own. Children inherit it.
    package static func ignoreLeaseSignals() throws(FileError) {
        try call(.lease, "SIGIO") { clinux_ignore_signal(SIGIO) }
    }
}
