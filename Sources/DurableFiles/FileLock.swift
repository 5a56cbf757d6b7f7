import CLinux
import Glibc
package import SystemPackage

/// An exclusive lock on a file, held for the life of the object; the kernel frees it when the process ends in any
/// way. The file holds the process id of its holder as text, on a second line what it is held for, where that was said,
/// and stays when the lock is freed.
package final class FileLock: Sendable {
    private let file: OpenFile

    private init(_ file: consuming OpenFile) {
        self.file = file
    }

    /// Takes the lock (flock(2)) without waiting; the file is made where it does not exist.
    /// - Returns: nil where somebody holds it: `holder(_:)` says who.
    package static func acquire(_ path: FilePath, for purpose: String = "") throws(FileError) -> FileLock? {
        while true {
            let file = try OpenFile(path, O_RDWR | O_CREAT | O_NOFOLLOW, mode: 0o644)
            let facts = try file.regularFacts()
            do throws(FileError) {
                try call(.lock, path) { [descriptor = file.descriptor] in clinux_flock_exclusive(descriptor) }
                // The second lock is there for `holder(_:)`, as it can be asked for without being taken.
                try call(.lock, path) { [descriptor = file.descriptor] in clinux_ofd_lock(descriptor) }
            } catch  where error.code == EWOULDBLOCK || error.code == EACCES {
                return nil
            }
            // Somebody may have removed the file between the open and the lock: then this is a lock on nothing.
            guard let now = try FileFacts(at: path), now.isSameFile(as: facts) else { continue }
            try file.truncate(to: 0)
            try file.write(Array((purpose.isEmpty ? "\(getpid())\n" : "\(getpid())\n\(purpose)\n").utf8).span)
            return FileLock(file)
        }
    }

    /// Is the file that is locked still the one of that name? If somebody removed it, another process can take a lock
    /// on a new one.
    package func isInPlace() throws(FileError) -> Bool {
        guard let now = try FileFacts(at: file.path) else { return false }
        return now.isSameFile(as: try file.facts())
    }

    /// Who holds the lock now, without taking it for a moment.
    /// - Returns: the process id; nil where nobody holds it. 0: somebody who has not written its id yet.
    package static func holder(_ path: FilePath) throws(FileError) -> Int32? {
        try held(path).map { Int32($0[0]) ?? 0 }
    }

    /// What the lock is held for; nil where nobody holds it, or has said that.
    package static func purpose(_ path: FilePath) throws(FileError) -> String? {
        try held(path).flatMap { $0.count > 1 && !$0[1].isEmpty ? String($0[1]) : nil }
    }

    /// The lines of the file; nil where nobody holds the lock.
    private static func held(_ path: FilePath) throws(FileError) -> [Substring]? {
        let found = try existing { () throws(FileError) in try OpenFile(path, OpenFile.readOnly) }
        guard let file = found else { return nil }
        let descriptor = file.descriptor
        guard try call(.lock, path, { clinux_ofd_is_locked(descriptor) }) == 1 else { return nil }
        var text = [UInt8](repeating: 0, count: 64)
        let count = try file.read(into: &text)
        return String(decoding: text[..<count], as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
    }
}
