import CLinux
import Glibc
package import SystemPackage

package enum SnapshotError: Error, Equatable, CustomStringConvertible {
    case file(FileError)
    /// The source was written to, or its owner or mode changed, while it was copied. Trying again may help.
    case changedWhileCopying(FilePath, beforeBytes: Int, afterBytes: Int)
    case tooLarge(FilePath, sizeBytes: Int, limitBytes: Int)
    /// Bytes that nobody wrote and no disk has, but the copy would.
    case hole(FilePath, offsetBytes: Int)
    /// Nothing was copied. Trying again helps once there is space.
    case noSpace(FilePath, neededBytes: Int, freeBytes: Int)

    package var description: String {
        switch self {
        case .file(let error): error.description
        case .changedWhileCopying(let path, let before, let after):
            "\(path.printable) changed during the copy, from \(before) to \(after) bytes: "
                + "write elsewhere, then rename into inbox/"
        case .tooLarge(let path, let size, let limit):
            "\(path.printable) has \(size) bytes, and \(limit) are the most"
        case .hole(let path, let offset):
            "\(path.printable) has a hole at byte \(offset), which nobody has written"
        case .noSpace(let path, let needed, let free):
            "\(path.printable) needs \(needed) bytes, and \(free) are free for it: free space in the spool"
        }
    }
}

/// A private copy of a file, which its producer cannot change, hashed while it is made.
package enum Snapshot {
    private static let chunkBytes = 1 << 20

    /// Copies `source` to `target`, sharing blocks (FICLONE) where the file system can. When this returns, the copy is
    /// durable under its name. Something that has the name `target` is replaced.
    /// - Parameters:
    ///   - limitBytes: a larger source is not copied.
    ///   - space: a copy that cannot share blocks begins only if it fits in there.
    ///   - isLastTry: names, owner and mode of the source may change meanwhile, as long as its bytes do not.
    ///   - showing: sees the bytes of the copy once and in order, up to 1 MiB at a time.
    /// - Returns: the facts of the source before the copy.
    /// - Throws: nothing has the name `target`, or what had it still has, unless the fsync of the directory failed.
    package static func take(
        of source: FilePath, as target: FilePath, limitBytes: Int = .max, in space: CopySpace? = nil,
        isLastTry: Bool = false, showing: (Span<UInt8>) -> Void
    ) throws(SnapshotError) -> FileFacts {
        let temporary = target.parent.appending(nameBytes: target.lastNameBytes + Array(".tmp".utf8))
        let made: Result<Copy, SnapshotError>
        do throws(FileError) {
            made = try copy(source, to: temporary, limitBytes, space, isLastTry, showing)
            if case .success(let copy) = made, copy.isKept {
                try DurableFile.replace(target, with: temporary)
                try DurableFile.syncDirectory(target.parent)
                return copy.before
            }
        } catch {
            DurableFile.discard(temporary)
            throw .file(error)
        }
        DurableFile.discard(temporary)
        let copy = try made.get()
        throw .changedWhileCopying(source, beforeBytes: copy.before.sizeBytes, afterBytes: copy.after.sizeBytes)
    }

    private struct Copy {
        let before: FileFacts
        let after: FileFacts
        let sizeBytes: Int
        let isLastTry: Bool

        var isKept: Bool { sizeBytes == before.sizeBytes && (isLastTry ? hasOneContent : before == after) }

        /// As far as a size and a time tell that a producer may set.
        private var hasOneContent: Bool {
            before.sizeBytes == after.sizeBytes && before.modifiedNanoseconds == after.modifiedNanoseconds
        }
    }

    private static func copy(
        _ source: FilePath, to temporary: FilePath, _ limitBytes: Int, _ space: CopySpace?,
        _ isLastTry: Bool, _ showing: (Span<UInt8>) -> Void
    ) throws(FileError) -> Result<Copy, SnapshotError> {
        let original = try OpenFile(source, OpenFile.readOnly)
        let before = try original.regularFacts()
        if before.sizeBytes > limitBytes {
            return .failure(.tooLarge(source, sizeBytes: before.sizeBytes, limitBytes: limitBytes))
        }
        if let hole = try original.firstHole(before: before.sizeBytes) {
            return .failure(.hole(source, offsetBytes: hole))
        }
        // What a crash left is not written into: it goes, and the copy starts in a file of its own.
        try DurableFile.remove(temporary)
        let copy = try OpenFile(temporary, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o640)
        let isClone = try clone(original, copy)
        let share = isClone ? nil : space
        if let free = try share?.take(before.sizeBytes) {
            return .failure(.noSpace(source, neededBytes: before.sizeBytes, freeBytes: free))
        }
        var unwrittenBytes = before.sizeBytes
        defer { share?.give(unwrittenBytes) }
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
            let written = min(count, unwrittenBytes)
            share?.give(written)
            unwrittenBytes -= written
        }
        let result = Copy(
            before: before, after: try original.facts(), sizeBytes: sizeBytes, isLastTry: isLastTry)
        // One that is thrown away again and again must not take the time of everybody's fsyncs.
        if result.isKept { try copy.sync() }
        try copy.close()
        return .success(result)
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

extension OpenFile {
    /// Where bytes begin that were never written; nil: nowhere, or the file system does not tell. It is read from its
    /// start afterwards.
    fileprivate func firstHole(before sizeBytes: Int) throws(FileError) -> Int? {
        if sizeBytes == 0 { return nil }
        do throws(FileError) {
            let offset = try call(.seek, path) { clinux_first_hole(descriptor) }
            return offset < sizeBytes ? offset : nil
        } catch  where [EINVAL, EOPNOTSUPP, ENXIO].contains(error.code) {
            return nil
        }
    }
}
