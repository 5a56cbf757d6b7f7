import Spooling
import Synchronization

/// The pauses in force, as those at work see them before each request.
package final class PausedWork: Sendable {
    private let pauses = Mutex(Pauses())

    package init() {}

    func pause(of job: JobID, lane: String) -> Pause? { pauses.withLock { $0.pause(of: job, lane: lane) } }

    func load(_ all: Pauses) { pauses.withLock { $0 = all } }

    /// - Returns: false: it was in force already.
    func begin(_ pause: Pause) -> Bool {
        pauses.withLock { pauses in
            if pauses[pause.subject] != nil { return false }
            pauses[pause.subject] = pause
            return true
        }
    }

    /// - Returns: false: there was none.
    func end(_ subject: Pause.Subject) -> Bool {
        pauses.withLock { pauses in
            if pauses[subject] == nil { return false }
            pauses[subject] = nil
            return true
        }
    }
}
