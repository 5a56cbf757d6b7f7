import DurableFiles
import Glibc
import Synchronization
import SystemPackage

/// One system call of a process that fails once, or at which the process ends.
struct DiskFault: Sendable, CustomStringConvertible {
    let operation: FileOperation
    /// Which of these calls, from 0.
    let occurrence: Int
    /// The errno; nil: the process ends there.
    let code: Int32?

    static let codes: [(name: String, code: Int32?)] = [
        ("kill", nil), ("ENOSPC", ENOSPC), ("EIO", EIO), ("EDQUOT", EDQUOT), ("EMFILE", EMFILE), ("EINTR", EINTR),
        ("EXDEV", EXDEV), ("ENOENT", ENOENT), ("EACCES", EACCES),
    ]

    var name: String { Self.codes.first { $0.code == code }?.name ?? "?" }
    var description: String { "\(operation) \(occurrence): \(name)" }
}

/// A fault that is set in a directory until `end`.
final class ArmedFault: Sendable {
    /// The process has ended.
    let isDead = Flag()
    private let seen = Mutex<(count: Int, place: FilePath?)>((0, nil))
    private let faults = Mutex<FileFaults?>(nil)

    init(_ fault: DiskFault, under directory: FilePath) {
        let hook: FileFaults.Hook = { [unowned self] operation, path in
            if isDead.isRaised { return .error(EIO) }
            guard operation == fault.operation else { return nil }
            let isMeant = seen.withLock { seen in
                defer { seen.count += 1 }
                if seen.count == fault.occurrence { seen.place = path }
                return seen.count == fault.occurrence
            }
            guard isMeant else { return nil }
            guard let code = fault.code else {
                isDead.raise()
                return .error(EIO)
            }
            // What failed to close is closed all the same.
            return operation == .close && code != EINTR ? .errorAfter(code) : .error(code)
        }
        faults.withLock { $0 = FileFaults(under: directory, hook) }
    }

    /// The file that it came to; nil: there were fewer such calls.
    var place: FilePath? { seen.withLock { $0.place } }

    /// The next process finds the disk working.
    func end() {
        faults.withLock { $0?.remove() }
        if isDead.isRaised { UntrustedTails.forget() }
    }
}
