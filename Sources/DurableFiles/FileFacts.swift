import CLinux
import Glibc
package import SystemPackage

/// What the file system knows about one name, taken in one call; a symbolic link is itself, never what it points to.
package struct FileFacts: Equatable, Sendable {
    package enum Kind: String, Sendable {
        case regular, directory, symlink, fifo, socket, device
    }

    package let kind: Kind
    package let device: UInt64
    package let inode: UInt64
    package let sizeBytes: Int
    /// Names that the file has; above 1 for a hard link with a second name.
    package let links: Int
    package let uid: UInt32
    /// Permission bits, without the kind.
    package let mode: UInt32
    /// Nanoseconds since 1970, as the producer left them: never a clock to wait by.
    package let modifiedNanoseconds: Int64
    /// Nanoseconds since 1970 of the last change to bytes, names, owner or mode; producers cannot set it.
    package let changedNanoseconds: Int64

    /// - Returns: nil where nothing has that name.
    package init?(at path: FilePath) throws(FileError) {
        var facts = clinux_facts()
        let found = try lookUp { () throws(FileError) in
            try call(.stat, path) { path.withPlatformString { clinux_lstat($0, &facts) } }
        }
        if found == nil { return nil }
        self.init(facts)
    }

    init(_ facts: clinux_facts) {
        self.kind = Kind(mode: facts.mode)
        self.device = facts.device
        self.inode = facts.inode
        self.sizeBytes = Int(facts.size)
        self.links = Int(facts.links)
        self.uid = facts.uid
        self.mode = facts.mode & 0o7777
        self.modifiedNanoseconds = facts.mtime_ns
        self.changedNanoseconds = facts.ctime_ns
    }

    /// The same file, whatever its name and content are by now.
    package func isSameFile(as other: FileFacts) -> Bool {
        device == other.device && inode == other.inode
    }
}

extension FileFacts.Kind {
    fileprivate init(mode: UInt32) {
        self =
            switch mode & S_IFMT {
            case S_IFREG: .regular
            case S_IFDIR: .directory
            case S_IFLNK: .symlink
            case S_IFIFO: .fifo
            case S_IFSOCK: .socket
            default: .device
            }
    }
}
