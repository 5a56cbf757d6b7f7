import Glibc
package import SystemPackage

extension DurableFile {
    /// Puts a file under its name whole: readers see the old content, or nothing, or all of the new one.
    /// - Parameters:
    ///   - replacing: false throws EEXIST where something has that name.
    ///   - durable: false skips both fsyncs, for state that may be lost with the machine's power.
    ///   - mode: narrowed by the umask.
    /// - Throws: nothing has changed then, and no temporary file is left. The one exception is a failed fsync of the
    ///   directory: the new file has its name then, but may lose it with the machine's power.
    package static func publish(
        _ bytes: [UInt8], to path: FilePath, replacing: Bool = true, durable: Bool = true, mode: UInt32 = 0o640
    ) throws(FileError) {
        try publish(to: path, replacing: replacing, durable: durable, mode: mode) { writer throws(FileError) in
            try writer.write(bytes.span)
        }
    }

    /// The same for a file that is too big to hold in memory.
    /// - Parameter content: writes it all. What it throws leaves everything as it was.
    package static func publish(
        to path: FilePath, replacing: Bool = true, durable: Bool = true, mode: UInt32 = 0o640,
        content: (inout FileWriter) throws(FileError) -> Void
    ) throws(FileError) {
        let temporary = temporaryName(for: path)
        let file = try OpenFile(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: mode)
        do throws(FileError) {
            var writer = FileWriter(file)
            try content(&writer)
            try writer.finish(durable: durable)
            try moveIntoPlace(temporary, path, replacing: replacing)
        } catch {
            discard(temporary)
            throw error
        }
        if durable { try syncDirectory(path.parent) }
    }

    /// `.NAME.xxxxxxxx.tmp` beside `path`: nobody claims such a name (Spool/README.md), and it tells whose it was.
    static func temporaryName(for path: FilePath) -> FilePath {
        let suffix = Array(".\(String(UInt64.random(in: .min ... .max), radix: 36)).tmp".utf8)
        let stem = path.lastNameBytes.prefix(255 - 1 - suffix.count)
        return path.parent.appending(nameBytes: [UInt8(ascii: ".")] + stem + suffix)
    }

    /// Throws away a temporary file after a failure. That failure is what the caller must hear; a temporary name that
    /// cannot be removed as well does no harm, as no reader looks at it.
    static func discard(_ temporary: FilePath) {
        do throws(FileError) { try remove(temporary) } catch { return }
    }

    private static func moveIntoPlace(_ temporary: FilePath, _ path: FilePath, replacing: Bool) throws(FileError) {
        if replacing { return try replace(path, with: temporary) }
        switch try rename(temporary, to: path) {
        case .moved: return
        case .targetExists: throw FileError(.rename, path, EEXIST)
        case .sourceMissing: throw FileError(.rename, temporary, ENOENT)
        }
    }
}
