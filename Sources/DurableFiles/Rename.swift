import CLinux
import Glibc
package import SystemPackage

/// How a rename that never overwrites went. A lost race is an answer, not an error.
package enum RenameOutcome: Equatable, Sendable {
    case moved
    /// Somebody else was faster.
    case sourceMissing
    case targetExists
}

extension DurableFile {
    /// Moves a file or a directory, never over something that exists (RENAME_NOREPLACE, rename(2)). One atomic step
    /// for all who look; to last, both directories need an fsync.
    /// - Throws: EXDEV between mounts; EINVAL where the file system cannot rename without replacing; ENOENT where the
    ///   target's directory is missing.
    package static func rename(_ source: FilePath, to target: FilePath) throws(FileError) -> RenameOutcome {
        try rename(source, to: target) {
            source.withPlatformString { from in
                target.withPlatformString { clinux_rename_noreplace(AT_FDCWD, from, AT_FDCWD, $0) }
            }
        } isThere: { () throws(FileError) in
            try FileFacts(at: source) != nil
        }
    }

    /// - Parameters:
    ///   - body: renames; -errno.
    ///   - isThere: does the source still have its name?
    static func rename(
        _ source: FilePath, to target: FilePath, _ body: () -> Int, isThere: () throws(FileError) -> Bool
    ) throws(FileError) -> RenameOutcome {
        do throws(FileError) {
            try call(.rename, target, body)
            FileTrace.note(target, .renamed(source, target))
            return .moved
        } catch {
            switch error.code {
            case EEXIST: return .targetExists
            case ENOENT where try !isThere(): return .sourceMissing
            case EINVAL, ENOSYS:
                throw FileError(
                    .rename, target, error.code,
                    advice: "the file system cannot rename without replacing; take ext4, xfs, btrfs or tmpfs")
            default: throw error
            }
        }
    }

    /// Moves a file over whatever has the name `target`.
    static func replace(_ target: FilePath, with source: FilePath) throws(FileError) {
        try call(.rename, target) {
            source.withPlatformString { from in target.withPlatformString { clinux_rename(from, $0) } }
        }
        FileTrace.note(target, .renamed(source, target))
    }

    /// Gives a file a second name, never over something that exists.
    package static func link(_ source: FilePath, to target: FilePath) throws(FileError) -> RenameOutcome {
        do throws(FileError) {
            try call(.link, target) {
                source.withPlatformString { from in target.withPlatformString { clinux_link(from, $0) } }
            }
            FileTrace.note(target, .linked(source, target))
            return .moved
        } catch {
            switch error.code {
            case EEXIST: return .targetExists
            case ENOENT where try FileFacts(at: source) == nil: return .sourceMissing
            default: throw error
            }
        }
    }
}
