import Synchronization
package import SystemPackage

/// The space of one file system, as copies that are made side by side share it: none begins that the others and it
/// could not end, for what fills a disk to its end is everybody's trouble.
package final class CopySpace: Sendable {
    private let path: FilePath
    private let reserveBytes: Int
    /// What the copies in work have still to write.
    private let neededBytes = Mutex(0)

    /// - Parameters:
    ///   - path: in that file system.
    ///   - reserveBytes: stay free for everything else.
    package init(of path: FilePath, reserveBytes: Int) {
        self.path = path
        self.reserveBytes = reserveBytes
    }

    /// Sets aside what a copy will write; `give` takes it back.
    /// - Returns: nil if it was set aside, else how many bytes are free for copies.
    func take(_ bytes: Int) throws(FileError) -> Int? {
        let freeBytes = try FileSystemFacts(at: path).freeBytes
        return neededBytes.withLock { needed in
            let left = freeBytes - reserveBytes - needed
            if bytes > left { return max(0, left) }
            needed += bytes
            return nil
        }
    }

    /// They are written, and count as taken by the file system; or they are not needed any more.
    func give(_ bytes: Int) { neededBytes.withLock { $0 -= bytes } }
}
