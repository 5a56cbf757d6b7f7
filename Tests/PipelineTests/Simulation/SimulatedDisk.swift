import DurableFiles
import Glibc
import Synchronization
import SystemPackage

/// The disk as the processes of a simulated life meet it, one after the other: a process is killed at one of its file
/// operations, or one of them fails and the process goes on. Others, who come by another path, meet no faults.
final class SimulatedDisk: Sendable {
    enum Fault: Sendable {
        case kill(Crash.Moment)
        /// A trouble that passes, with this errno.
        case error(Int32)
    }

    private struct State {
        var fault: (Fault, after: Int)?
        var isDead = false
        var changes = 0
    }

    private let state = Mutex(State())
    private let faults = Mutex<FileFaults?>(nil)

    init(under directory: FilePath) {
        let hook: FileFaults.Hook = { [unowned self] operation, _ in fault(at: operation) }
        faults.withLock { $0 = FileFaults(under: directory, hook) }
    }

    deinit { faults.withLock { $0?.remove() } }

    /// The process that ran is killed, and sends nothing more.
    var isDead: Bool { state.withLock { $0.isDead } }
    /// Counts what Bobbin changed.
    var changes: Int { state.withLock { $0.changes } }

    /// - Parameter count: of operations that go well before it.
    func meet(_ fault: Fault, after count: Int) { state.withLock { $0.fault = (fault, count) } }

    /// No fault is to come.
    func spare() { state.withLock { $0.fault = nil } }

    /// The next process finds the disk working.
    func mend() {
        state.withLock { state in
            state.fault = nil
            state.isDead = false
        }
    }

    private func fault(at operation: FileOperation) -> FileFault? {
        state.withLock { state in
            if state.isDead { return .error(EIO) }
            guard KillMatrix.isStep(operation) || operation == .fsync || operation == .open else { return nil }
            state.changes += 1
            guard let (fault, after) = state.fault else { return nil }
            if after > 0 {
                state.fault = (fault, after - 1)
                return nil
            }
            state.fault = nil
            switch fault {
            case .kill(let moment):
                state.isDead = true
                return moment == .before ? .error(EIO) : .errorAfter(EIO)
            case .error(let code): return .error(code)
            }
        }
    }
}
