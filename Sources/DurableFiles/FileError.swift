import Glibc
package import SystemPackage

/// A system call that failed: what, on what, why, and what to do about it.
package struct FileError: Error, Equatable, CustomStringConvertible {
    /// The call as its manual page names it: `fsync`.
    package let operation: String
    /// For people: bytes that are no printable UTF-8 stand as `%XX`.
    package let path: String
    /// errno, kept so that callers can tell trouble with the environment (ENOSPC, EIO, EMFILE) from the rest.
    package let code: Int32
    /// What to do, where the call knows better than the table by errno.
    private let advice: String?

    package init(_ operation: FileOperation, _ path: FilePath, _ code: Int32, advice: String? = nil) {
        self.init(operation: operation.rawValue, path: path.printable, code: code, advice: advice)
    }

    package init(operation: String, path: String, code: Int32, advice: String? = nil) {
        self.operation = operation
        self.path = path
        self.code = code
        self.advice = advice
    }

    /// The disk or the quota is full: the daemon stays alive, starts nothing, tries again.
    package var isOutOfSpace: Bool { code == ENOSPC || code == EDQUOT }

    /// Trouble that lies in the machine and not in this file: space, descriptors, memory, a failing or read-only disk.
    package var isEnvironmental: Bool {
        isOutOfSpace || [EIO, EROFS, EMFILE, ENFILE, ENOMEM].contains(code)
    }

    /// The same for each file, where the machine has run out of something; a failing disk is told by its files.
    package var trouble: String {
        isEnvironmental && code != EIO ? Self.words[code]?.name ?? description : description
    }

    package var description: String {
        let known = Self.words[code]
        let name = known?.name ?? "errno \(code)"
        let reason = known?.reason ?? String(cString: strerror(code))
        let whatToDo = (advice ?? known?.advice).map { ": \($0)" } ?? ""
        return "\(operation) \(path): \(reason) (\(name))\(whatToDo)"
    }

    private static let words: [Int32: (name: String, reason: String, advice: String?)] = [
        ENOSPC: ("ENOSPC", "no space left on device", "free space in the spool; nothing is lost"),
        EDQUOT: ("EDQUOT", "disk quota exceeded", "raise the quota or free space in the spool; nothing is lost"),
        EIO: ("EIO", "the disk failed", "look at the kernel log; the file is not trusted until Bobbin starts anew"),
        EROFS: ("EROFS", "the file system is read-only", "look at the kernel log, mount it read-write"),
        EMFILE: ("EMFILE", "too many open files in this process", "raise LimitNOFILE"),
        ENFILE: ("ENFILE", "too many open files on this machine", "raise fs.file-max"),
        ENOMEM: ("ENOMEM", "out of memory", nil),
        EXDEV: (
            "EXDEV", "the two directories are on different mounts",
            "keep the whole spool on one mount; bind mounts of its directories one by one do this too"
        ),
        EACCES: ("EACCES", "not permitted", "let the user of the daemon in: owner, mode, or access list"),
        EPERM: ("EPERM", "operation not permitted", "look for an immutable file or a sticky directory"),
        ENOENT: ("ENOENT", "no such file or directory", nil),
        EEXIST: ("EEXIST", "it exists already", nil),
        ENOTDIR: ("ENOTDIR", "not a directory", nil),
        EISDIR: ("EISDIR", "is a directory", nil),
        ENOTEMPTY: ("ENOTEMPTY", "the directory is not empty", nil),
        ELOOP: ("ELOOP", "is a symbolic link", "links are never followed in the spool; put the file itself there"),
        EFBIG: ("EFBIG", "the file is too big", nil),
        EINVAL: ("EINVAL", "not supported here", nil),
        EBADF: ("EBADF", "the file is closed", nil),
        ENAMETOOLONG: ("ENAMETOOLONG", "the name is too long", nil),
    ]
}
