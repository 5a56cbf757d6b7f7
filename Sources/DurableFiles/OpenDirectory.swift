import CLinux
import Glibc
package import SystemPackage

/// A directory that others may write into, held open. Its names are looked at, opened, moved and removed by its
/// descriptor, never by a path through it: whoever puts another directory, or a link, in its place on the way leads us
/// nowhere.
package final class OpenDirectory: Sendable {
    private let directory: OpenFile

    /// For messages: where it was when it was opened.
    package var path: FilePath { directory.path }

    private static let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW

    private init(_ directory: consuming OpenFile) {
        self.directory = directory
    }

    /// - Returns: nil where no directory has that name: a link is none.
    package static func open(_ path: FilePath) throws(FileError) -> OpenDirectory? {
        do throws(FileError) {
            return OpenDirectory(try OpenFile(path, flags))
        } catch  where [ENOENT, ENOTDIR, ELOOP].contains(error.code) {
            return nil
        }
    }

    /// As `DurableFile.list`.
    package func names() throws(FileError) -> [[UInt8]] {
        try DurableFile.list(try OpenFile(path.appending("."), Self.flags, in: directory.descriptor))
    }

    /// - Returns: nil where nothing has that name.
    package func facts(of name: [UInt8]) throws(FileError) -> FileFacts? {
        var facts = clinux_facts()
        let found = try lookUp { () throws(FileError) in
            try call(.stat, path.appending(nameBytes: name)) {
                withCString(name) { clinux_lstatat(directory.descriptor, $0, &facts) }
            }
        }
        return found == nil ? nil : FileFacts(facts)
    }

    /// As `DurableFile.read`.
    package func read(_ name: [UInt8], limitBytes: Int) throws(FileError) -> [UInt8]? {
        let found = try lookUp { () throws(FileError) in try open(name) }
        guard let file = found else { return nil }
        return try DurableFile.read(file, limitBytes: limitBytes)
    }

    /// As `WriterProbe.probe`.
    package func probe(_ name: [UInt8]) throws(FileError) -> WriterProbe.Answer {
        try WriterProbe.probe(try open(name))
    }

    private func open(_ name: [UInt8]) throws(FileError) -> OpenFile {
        try OpenFile(path.appending(nameBytes: name), OpenFile.readOnly, in: directory.descriptor)
    }

    /// Moves a file or a directory out of here, as `DurableFile.rename`.
    /// - Parameter target: in a directory that nobody else writes into.
    package func move(_ name: [UInt8], to target: FilePath) throws(FileError) -> RenameOutcome {
        try DurableFile.rename(path.appending(nameBytes: name), to: target) {
            withCString(name) { from in
                target.withPlatformString { clinux_rename_noreplace(directory.descriptor, from, AT_FDCWD, $0) }
            }
        } isThere: { () throws(FileError) in
            try facts(of: name) != nil
        }
    }

    /// The way back.
    package func take(_ source: FilePath, as name: [UInt8]) throws(FileError) -> RenameOutcome {
        try DurableFile.rename(source, to: path.appending(nameBytes: name)) {
            source.withPlatformString { from in
                withCString(name) { clinux_rename_noreplace(AT_FDCWD, from, directory.descriptor, $0) }
            }
        } isThere: { () throws(FileError) in
            try FileFacts(at: source) != nil
        }
    }

    /// As `DurableFile.remove`.
    package func remove(_ name: [UInt8]) throws(FileError) {
        let file = path.appending(nameBytes: name)
        _ = try existing { () throws(FileError) in
            try call(.unlink, file) { withCString(name) { clinux_unlinkat(directory.descriptor, $0) } }
            FileTrace.note(file, .unlinked(file))
        }
    }

    /// As `DurableFile.syncDirectory`.
    package func sync() throws(FileError) { try directory.sync() }
}
