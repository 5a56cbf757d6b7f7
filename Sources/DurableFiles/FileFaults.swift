import Glibc
import Synchronization
package import SystemPackage

/// What a test does to one system call.
package enum FileFault: Equatable, Sendable {
    /// The call is not made and fails with this errno.
    case error(Int32)
    /// The call is made, and fails all the same: as if the process had ended right after it. What it opened stays open.
    case errorAfter(Int32)
    /// A read or a write moves at most so many bytes, which is legal at any time; other calls are made as usual.
    case short(Int)
}

/// The one seam for forced errors: every system call of this target asks here first, so that each can fail, or be the
/// last one (the hook may end the process). Without a hook the price is one relaxed load.
///
/// A hook sees only paths under its directory, so that suites which run side by side do not meet.
package final class FileFaults: Sendable {
    package typealias Hook = @Sendable (FileOperation, FilePath) -> FileFault?

    private static let active = ActiveList<FileFaults>()

    private let directory: FilePath
    private let hook: Hook
    private let seen = Mutex<[(operation: FileOperation, path: FilePath)]>([])

    /// Watches calls on `directory` and below from now until `remove()`.
    package init(under directory: FilePath, _ hook: @escaping Hook = { _, _ in nil }) {
        self.directory = directory
        self.hook = hook
        Self.active.add(self)
    }

    package func remove() { Self.active.remove(self) }

    /// The calls so far, in order, those that a fault stopped included.
    package var calls: [(operation: FileOperation, path: FilePath)] { seen.withLock { $0 } }

    package func count(_ operation: FileOperation) -> Int {
        seen.withLock { $0.count { $0.operation == operation } }
    }

    static func fault(at operation: FileOperation, _ path: FilePath) -> FileFault? {
        guard !active.isEmpty else { return nil }
        let watching = active.those { $0.directory.isAbove(path) }
        var fault: FileFault?
        for faults in watching {
            faults.seen.withLock { $0.append((operation, path)) }
            fault = fault ?? faults.hook(operation, path)
        }
        return fault
    }
}
