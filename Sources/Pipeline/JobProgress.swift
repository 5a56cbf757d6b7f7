import BatchCore
import DurableFiles
import Spooling
import Synchronization

/// What `bobbin status` shows of a job at work: its count at most twice a second, why nothing moves at once.
final class JobProgress: Sendable {
    static let interval = Duration.milliseconds(500)

    private struct State {
        var done: Int
        /// Why nothing moves at the moment.
        var reason = ""
        /// What a part of the job waits for, and until when: the outcomes of the others do not take it back.
        var wait: (text: String, end: SteadyClock.Instant)?
        var written: SteadyClock.Instant?
        var onFirst: (@Sendable () -> Void)?

        mutating func takeFirst() -> (@Sendable () -> Void)? {
            defer { onFirst = nil }
            return onFirst
        }
    }

    private let directory: JobDirectory
    private let lines: Int
    private let clock: SteadyClock
    private let state: Mutex<State>
    /// Held while the file is written, so that the last word in it is the newest.
    private let writing = Mutex(())

    /// - Parameter onFirst: called once, when the work really goes on.
    init(
        _ directory: JobDirectory, lines: Int, done: Int, clock: SteadyClock, onFirst: @escaping @Sendable () -> Void
    ) {
        self.clock = clock
        self.directory = directory
        self.lines = lines
        state = Mutex(State(done: done, onFirst: onFirst))
    }

    /// Something came out of the work: it is more than another try.
    func goesOn() {
        state.withLock { $0.takeFirst() }?()
    }

    func advance(by count: Int = 1) throws(FileError) {
        let now = clock.now
        let (first, isDue) = state.withLock { state in
            state.done += count
            state.reason = ""
            let isDue = state.written.map { now - $0 >= Self.interval } ?? true
            if isDue { state.written = now }
            return (state.takeFirst(), isDue)
        }
        first?()
        if isDue { try write() }
    }

    /// Shows why nothing moves at the moment; the next outcome takes it back.
    func note(_ reason: String) throws(FileError) {
        state.withLock { state in
            state.reason = reason
            state.written = nil
        }
        try write()
    }

    /// Shows what a part of the job waits for, for so long, while nothing else is to be said.
    func wait(for reason: String, _ time: Duration) throws(FileError) {
        let isNew = state.withLock { state in
            defer { state.wait = ("a part of it waits for \(reason)", clock.now + time) }
            return state.wait?.text != "a part of it waits for \(reason)"
        }
        if isNew { try write() }
    }

    private func write() throws(FileError) {
        try writing.withLock { _ throws(FileError) in
            let now = clock.now
            let (done, reason) = state.withLock { state in
                let wait = state.wait.flatMap { now < $0.end ? $0.text : nil }
                return (state.done, state.reason.isEmpty ? wait ?? "" : state.reason)
            }
            try directory.write(JobState(.running, reason: reason, lines: lines, done: done))
        }
    }
}
