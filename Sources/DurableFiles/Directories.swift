import CLinux
import Glibc
import Synchronization
package import SystemPackage

extension DurableFile {
    /// - Parameter mode: narrowed by the umask.
    /// - Returns: false where the directory existed. To last, the parent needs an fsync.
    /// - Throws: ENOTDIR where something else has that name.
    @discardableResult
    package static func makeDirectory(_ path: FilePath, mode: UInt32 = 0o750) throws(FileError) -> Bool {
        try make(path) { path.withPlatformString { clinux_mkdir($0, mode) } }
    }

    private static func make(_ path: FilePath, _ body: () -> Int) throws(FileError) -> Bool {
        do throws(FileError) {
            try call(.mkdir, path, body)
            FileTrace.note(path, .madeDirectory(path))
            return true
        } catch  where error.code == EEXIST {
            guard try FileFacts(at: path)?.kind == .directory else { throw FileError(.mkdir, path, ENOTDIR) }
            return false
        }
    }

    /// Where a path leads that an operator wrote: to what a link of that name stands for (realpath(3)). No file of the
    /// spool is opened by one; what is configured is the operator's to lay out.
    /// - Returns: the path itself where it is no link, or leads nowhere.
    package static func followingLink(_ path: FilePath) throws(FileError) -> FilePath {
        guard try FileFacts(at: path)?.kind == .symlink,
            let found = path.withPlatformString({ realpath($0, nil) })
        else { return path }
        defer { free(found) }
        return FilePath(platformString: found)
    }

    /// The names in a directory: raw bytes, sorted bytewise, without `.` and `..`.
    package static func list(_ directory: FilePath) throws(FileError) -> [[UInt8]] {
        try list(try OpenFile(directory, directoryFlags))
    }

    static func list(_ directory: consuming OpenFile) throws(FileError) -> [[UInt8]] {
        try DirectoryStream(directory).names().sorted { $0.lexicographicallyPrecedes($1) }
    }

    /// Makes a directory that others may write into with the whole of `mode`, whatever the umask. Set-group-ID comes
    /// from its parent, as its group does: the sandbox of the unit lets nobody ask for it.
    /// - Returns: false where the directory existed, whatever its mode.
    /// - Throws: ENOTDIR where something else has that name.
    package static func makeSharedDirectory(_ path: FilePath, mode: UInt32) throws(FileError) -> Bool {
        try make(path) { umask.withLock { _ in path.withPlatformString { clinux_mkdir_exactly($0, mode & 0o1777) } } }
    }

    /// The umask is one for all threads.
    private static let umask = Mutex(())

    /// Removes a directory and all that is in it. Links in it are removed, never followed, also when somebody puts
    /// one in the place of a directory meanwhile. That it is not there is fine.
    package static func removeTree(_ path: FilePath) throws(FileError) {
        let found = try existing { () throws(FileError) in try OpenFile(path, directoryFlags) }
        guard let directory = found else { return }
        try empty(directory)
        _ = try existing { () throws(FileError) in
            try call(.rmdir, path) { path.withPlatformString { clinux_rmdir($0) } }
            FileTrace.note(path, .removedDirectory(path))
        }
    }

    private static func removeTree(_ path: FilePath, _ name: [UInt8], in parent: Int32) throws(FileError) {
        let directory = try existing { () throws(FileError) in try OpenFile(path, directoryFlags, in: parent) }
        guard let directory else { return }
        try empty(directory)
        _ = try existing { () throws(FileError) in
            try call(.rmdir, path) { withCString(name) { clinux_rmdirat(parent, $0) } }
            FileTrace.note(path, .removedDirectory(path))
        }
    }

    private static let directoryFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW

    private static func empty(_ directory: consuming OpenFile) throws(FileError) {
        let stream = try DirectoryStream(directory)
        for name in try stream.names() {
            let path = stream.path.appending(nameBytes: name)
            do throws(FileError) {
                _ = try existing { () throws(FileError) in
                    try call(.unlink, path) { withCString(name) { clinux_unlinkat(stream.descriptor, $0) } }
                    FileTrace.note(path, .unlinked(path))
                }
            } catch  where error.code == EISDIR {
                try removeTree(path, name, in: stream.descriptor)
            }
        }
    }
}

/// An open directory that is read once, from its start.
private struct DirectoryStream: ~Copyable {
    let path: FilePath
    let descriptor: Int32
    private let stream: UnsafeMutableRawPointer

    init(_ directory: consuming OpenFile) throws(FileError) {
        var code: Int32 = 0
        let path = directory.path
        self.path = path
        guard let stream = clinux_fdopendir(directory.descriptor, &code) else { throw FileError(.readdir, path, code) }
        self.stream = stream
        self.descriptor = directory.release()
    }

    deinit {
        // A directory that was only read has nothing to report when it is closed.
        _ = clinux_closedir(stream)
    }

    func names() throws(FileError) -> [[UInt8]] {
        var names: [[UInt8]] = []
        var entry: UnsafePointer<CChar>?
        while try call(.readdir, path, { clinux_readdir(stream, &entry) }) == 1, let entry {
            let name = Array(UnsafeRawBufferPointer(start: entry, count: strlen(entry)))
            if name != Array(".".utf8) && name != Array("..".utf8) { names.append(name) }
        }
        return names
    }
}

/// A name as the kernel takes it.
func withCString(_ name: [UInt8], _ body: (UnsafePointer<CChar>) -> Int) -> Int {
    (name + [0]).withUnsafeBytes { body($0.baseAddress!.assumingMemoryBound(to: CChar.self)) }
}
