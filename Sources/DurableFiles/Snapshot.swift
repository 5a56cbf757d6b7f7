import CLinux
import Glibc
package import SystemPackage

package enum SnapshotError: Error, Equatable, CustomStringConvertible {
    case file(FileError)
    /// The source was written to, or its owner or mode changed, while it was copied. Trying again may help.
    case changedWhileCopying(FilePath, beforeBytes: Int, afterBytes: Int)

    package var description: String {
        switch self {
        case .file(let error): error.description
        case .changedWhileCopying(let path, let before, let after):
            "\(path.printable) changed during the copy, from \(before) to \(after) bytes: "
                + "write elsewhere, then rename into inbox/"
        }
    }
}

/// A private copy of a file, which its producer cannot change, hashed while it is made.
package enum Snapshot {
    private static let chunkBytes = 1 << 20

    /// Copies `source` to `target`, sharing blocks (FICLONE) where the file system can. When this returns, the copy is
    /// durable under its name. Something that has the name `target` is replaced.
    /// - Parameter showing: sees the bytes of the copy once and in order, up to 1 MiB at a time.
    /// - Returns: the facts of the source, the same before and after the copy.
    /// - Throws: nothing has the name `target`, or what had it still has, unless the fsync of the directory failed.
    package static func take(
        of source: FilePath, as target: FilePath, showing: (Span<UInt8>) -> Void
    ) throws(SnapshotError) -> FileFacts {
        let temporary = target.parent.appending(nameBytes: target.lastNameBytes + Array(".tmp".utf8))
        let made: Copy
        do throws(FileError) {
            // What a crash left is not written into: it goes, and the copy starts in a file of its own.
            try DurableFile.remove(temporary)
            made = try copy(source, to: temporary, showing)
            if made.isFaithful {
                try DurableFile.replace(target, with: temporary)
                try DurableFile.syncDirectory(target.parent)
                return made.before
            }
        } catch {
            DurableFile.discard(temporary)
            throw .file(error)
        }
        DurableFile.discard(temporary)
        throw .changedWhileCopying(source, beforeBytes: made.before.sizeBytes, afterBytes: made.after.sizeBytes)
    }

    private struct Copy {
        let before: FileFacts
        let after: FileFacts
        let sizeBytes: Int
        var isFaithful: Bool { before == after && sizeBytes == before.sizeBytes }
    }

    private static func copy(
        _ source: FilePath, to temporary: FilePath, _ showing: (Span<UInt8>) -> Void
    ) throws(FileError) -> Copy {
        let original = try OpenFile(source, OpenFile.readOnly)
        let before = try original.regularFacts()
        let copy = try OpenFile(temporary, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o640)
        let isClone = try clone(original, copy)
        var chunk = [UInt8](repeating: 0, count: chunkBytes)
        var sizeBytes = 0
        // A source that grows as fast as it is read would never end: beyond its first size it is unfaithful anyway.
        while sizeBytes <= before.sizeBytes {
            // A clone is read back rather than its source: the bytes that are hashed are those that are kept.
            let count = try isClone ? copy.read(into: &chunk) : original.read(into: &chunk)
            if count == 0 { break }
            let bytes = chunk.span.extracting(0..<count)
            if !isClone { try copy.write(bytes) }
            showing(bytes)
            sizeBytes += count
        }
        let result = Copy(before: before, after: try original.facts(), sizeBytes: sizeBytes)
        if result.isFaithful { try copy.sync() }
        try copy.close()
        return result
    }

    /// - Returns: false where the file system cannot share blocks between the two.
    private static func clone(_ original: borrowing OpenFile, _ copy: borrowing OpenFile) throws(FileError) -> Bool {
        let (from, to) = (original.descriptor, copy.descriptor)
        do throws(FileError) {
            try call(.clone, copy.path) { clinux_clone(from, to) }
            return true
        } catch {
            switch error.code {
            case EOPNOTSUPP, ENOTTY, ENOSYS, EXDEV, EINVAL, EPERM: return false
            default: throw error
            }
        }
    }
}
