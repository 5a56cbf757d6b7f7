import DurableFiles
import Glibc
import Synchronization
import SystemPackage

/// Ends a process at one of its file operations: that one and all that follow fail, and nothing is sent any more.
final class Crash: Sendable {
    enum Moment: Sendable, CaseIterable {
        case before, after
    }

    let isDead = Flag()
    private let seen = Mutex(0)
    private let faults = Mutex<FileFaults?>(nil)

    /// - Parameters:
    ///   - index: of the operation, counted from 0 among those that `isCounted`.
    ///   - moment: is the operation done, and only its answer lost?
    init(
        under directory: FilePath, at index: Int, _ moment: Moment = .before,
        counting isCounted: @escaping @Sendable (FileOperation, FilePath) -> Bool = { _, _ in true }
    ) {
        let hook: FileFaults.Hook = { [unowned self] operation, path in
            if isDead.isRaised { return .error(EIO) }
            guard isCounted(operation, path) else { return nil }
            let number = seen.withLock { seen in
                defer { seen += 1 }
                return seen
            }
            guard number == index else { return nil }
            isDead.raise()
            return moment == .before ? .error(EIO) : .errorAfter(EIO)
        }
        faults.withLock { $0 = FileFaults(under: directory, hook) }
    }

    /// The next process finds the disk working.
    func end() {
        faults.withLock { $0?.remove() }
        UntrustedTails.forget()
    }
}
