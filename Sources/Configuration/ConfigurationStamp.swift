import Glibc
package import SystemPackage

/// What the four files, and those that they name, looked like from outside, to know whether they are worth reading
/// again.
///
/// Take it before `Configuration.load`: a file that changes during the load then differs from the stamp. Times are the
/// kernel's clock ticks (milliseconds), so two writes of the same length within one tick can look like one.
package struct ConfigurationStamp: Equatable, Sendable {
    private let names: [String]
    private let files: [Look]

    /// Of the files in `directory` now. A missing file and one that cannot be looked at are looks too, never errors:
    /// `Configuration.load` is where they are told.
    /// - Parameter namedFiles: `Configuration.namedFiles`, which `Configuration.load` has found.
    package init(of directory: FilePath, namedFiles: [FilePath] = []) {
        names = ConfigurationFile.all + namedFiles.map(\.string)
        files = ConfigurationFile.all.map { Look(directory.appending($0)) } + namedFiles.map { Look($0) }
    }

    /// Whether any file was changed, replaced, added or removed since `earlier` was taken.
    package func isChanged(since earlier: ConfigurationStamp) -> Bool { self != earlier }

    /// The names of those files, for the message of a reload.
    package func changedFiles(since earlier: ConfigurationStamp) -> [String] {
        zip(names, zip(files, earlier.files)).filter { $1.0 != $1.1 }.map(\.0)
    }

    private enum Look: Equatable, Sendable {
        case file(device: UInt64, inode: UInt64, sizeBytes: Int64, modified: Instant, changed: Instant)
        case failed(Errno)

        /// Follows a symbolic link: configuration is often linked to where it is kept, and the target is what counts.
        init(_ path: FilePath) {
            do throws(Errno) {
                let stat = try path.stat()
                self = .file(
                    device: UInt64(stat.deviceID.rawValue), inode: UInt64(stat.inode.rawValue), sizeBytes: stat.size,
                    modified: Instant(stat.st_mtim), changed: Instant(stat.st_ctim))
            } catch {
                self = .failed(error)
            }
        }
    }

    private struct Instant: Equatable, Sendable {
        let seconds: Int
        let nanoseconds: Int

        init(_ time: timespec) {
            seconds = time.tv_sec
            nanoseconds = time.tv_nsec
        }
    }
}
