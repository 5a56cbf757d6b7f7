package import BatchCore
package import DurableFiles
package import Spooling
import Synchronization

/// Measures how long the requests of each lane take, and writes it where `bobbin plan` and `bobbin status` find it.
/// Nothing is decided by it.
package final class PaceKeeper: Sendable {
    private struct State {
        var pace: Pace
        var isWritten = true
        var written: SteadyClock.Instant?
    }

    /// Between two writes.
    private static let interval = Duration.seconds(2)

    private let state: Mutex<State>

    /// - Parameter pace: what an earlier process measured.
    package init(_ pace: Pace = Pace()) {
        state = Mutex(State(pace: pace))
    }

    package func note(lane: String, _ outcome: Outcome, took duration: Duration, at time: Timestamp) {
        state.withLock { state in
            state.pace.note(
                lane: lane, model: outcome.model, seconds: duration / .seconds(1), spent: outcome.spent, at: time)
            state.isWritten = false
        }
    }

    /// Writes what was measured since the last time, at most every few seconds.
    package func write(to spool: Spool, at now: SteadyClock.Instant) throws(FileError) {
        let bytes = state.withLock { state -> [UInt8]? in
            if state.isWritten { return nil }
            if let written = state.written, now - written < Self.interval { return nil }
            (state.written, state.isWritten) = (now, true)
            return state.pace.bytes
        }
        if let bytes { try DurableFile.publish(bytes, to: spool.pace, durable: false) }
    }
}

extension Spool {
    /// What was measured last; nothing where nothing was, or the file cannot be read as such.
    package func measuredPace() throws(FileError) -> Pace {
        try DurableFile.read(pace).flatMap { Pace($0) } ?? Pace()
    }
}
