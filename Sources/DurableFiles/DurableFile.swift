import CLinux
import Glibc
package import SystemPackage

/// The few file verbs that the spool is trusted to. They block: call them where that is allowed (`FileExecutor`).
/// None follows a symbolic link in the last part of a path, as other users write into the inbox.
package enum DurableFile {
    /// The whole of a small file.
    /// - Returns: nil where nothing has that name.
    /// - Throws: EFBIG above `limitBytes`; EINVAL for what is no regular file.
    package static func read(_ path: FilePath, limitBytes: Int = 64 << 20) throws(FileError) -> [UInt8]? {
        let found = try lookUp { () throws(FileError) in try OpenFile(path, OpenFile.readOnly) }
        guard let file = found else { return nil }
        return try read(file, limitBytes: limitBytes)
    }

    static func read(_ file: borrowing OpenFile, limitBytes: Int) throws(FileError) -> [UInt8] {
        let sizeBytes = try file.regularFacts().sizeBytes
        var bytes: [UInt8] = []
        bytes.reserveCapacity(min(sizeBytes, limitBytes))
        // The size is a hint only: the file may grow, and files of /proc say 0.
        var chunk = [UInt8](repeating: 0, count: min(max(sizeBytes, 4096), 1 << 20))
        while true {
            let count = try file.read(into: &chunk)
            if count == 0 { return bytes }
            guard bytes.count + count <= limitBytes else {
                throw FileError(.read, file.path, EFBIG, advice: "at most \(limitBytes) bytes are read")
            }
            bytes += chunk[..<count]
        }
    }

    /// Removes one file or link. That it is not there is fine.
    package static func remove(_ path: FilePath) throws(FileError) {
        _ = try existing { () throws(FileError) in
            try call(.unlink, path) { path.withPlatformString { clinux_unlink($0) } }
            FileTrace.note(path, .unlinked(path))
        }
    }

    /// Makes what a process before this one wrote into a file last through a power loss. That there is none is fine.
    package static func syncFile(_ path: FilePath) throws(FileError) {
        do throws(FileError) { try OpenFile(path, O_RDONLY | O_NOFOLLOW).sync() } catch {
            if error.code != ENOENT { throw error }
        }
    }

    /// Makes a rename, a new name or a removal in this directory last through a power loss.
    /// - Throws: ENOTDIR for a link, unless it is to be followed: somebody may have put it where the directory was.
    package static func syncDirectory(_ path: FilePath, followsLink: Bool = false) throws(FileError) {
        try OpenFile(path, O_RDONLY | O_DIRECTORY | (followsLink ? 0 : O_NOFOLLOW)).sync()
    }
}

extension OpenFile {
    /// The facts of a regular file.
    /// - Throws: EINVAL for anything else, opened or not: a FIFO or a device has no content to trust.
    func regularFacts() throws(FileError) -> FileFacts {
        let facts = try facts()
        guard facts.kind == .regular else {
            throw FileError(.open, path, EINVAL, advice: "only regular files are read, not a \(facts.kind.rawValue)")
        }
        return facts
    }
}
