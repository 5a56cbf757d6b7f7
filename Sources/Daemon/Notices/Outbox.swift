package import BatchCore
package import DurableFiles
package import Logging
import Synchronization
package import SystemPackage

/// Notices on their way, on disk before they are sent: `outbox/notices.jsonl`.
///
/// What was added outlives the process at once and the machine's power before anything of it is sent. A file that
/// cannot be written stops nothing: it is said once, notices are told from memory, and the file is written anew as soon
/// as that works. Damaged lines are passed over, so that what they say is not told, or told again; the file that had
/// them is kept beside the new one.
package final class Outbox: Sendable {
    private struct State {
        var memory: NoticeMemory
        /// nil: the file is behind memory, and has to be written anew.
        var log: WrittenLog?
        var sizeBytes = 0
        var compactAboveBytes = 0
        /// Up to here the file is durable.
        var syncedBytes = 0
        var triedAt: ContinuousClock.Instant?
        var hasSaidTrouble = false
        var wakers: [AsyncStream<Void>.Continuation] = []
    }

    private let path: FilePath
    private let now: @Sendable () -> Timestamp
    /// Who is told at present, by the configuration, and what tells one address of it from the next.
    private let receivers: @Sendable () -> [NoticeReceiver: String]
    /// How soon a file that could not be written is tried again.
    private let retryPause: Duration
    private let logger: Logger
    private let state: Mutex<State>

    /// Reads what an earlier process left. It never fails: an outbox that cannot be used is said, and works from
    /// memory.
    package init(
        in directory: FilePath, logger: Logger, retryPause: Duration = .seconds(5),
        now: @escaping @Sendable () -> Timestamp,
        receivers: @escaping @Sendable () -> [NoticeReceiver: String]
    ) {
        path = Self.path(in: directory)
        self.retryPause = retryPause
        self.logger = logger
        self.now = now
        self.receivers = receivers
        var memory = NoticeMemory()
        do throws(FileError) {
            let found = try Self.read(path)
            memory = found.memory
            if found.badLines > 0 {
                let kept = Self.keep(path, now(), logger)
                logger.warning("outbox.damaged", metadata: ["file": "\(kept)", "lines": "\(found.badLines)"])
            }
        } catch {
            logger.error(
                "outbox.failed", metadata: ["reason": "\(error)", "file": "\(Self.keep(path, now(), logger))"])
        }
        if memory.salt.isEmpty { memory.apply(.opened(at: now(), salt: Self.newSalt())) }
        state = Mutex(State(memory: memory))
        state.withLock { writeAnew(&$0) }
    }

    /// Gives the file a second name before another takes its place.
    /// - Returns: where it is from now on, for a person.
    private static func keep(_ path: FilePath, _ time: Timestamp, _ logger: Logger) -> String {
        let kept = path.removingLastComponent().appending("notices.jsonl.damaged-\(time.compact)")
        do throws(FileError) {
            // Of the same second: one is enough.
            _ = try DurableFile.link(path, to: kept)
            return kept.printable
        } catch {
            logger.error("outbox.failed", metadata: ["reason": "\(error)"])
            return path.printable
        }
    }

    package static func path(in directory: FilePath) -> FilePath { directory.appending("notices.jsonl") }

    /// What an outbox holds, read without changing it.
    /// - Returns: its memory, empty where there is no file, and how many lines are not as they were written. A last
    ///   line without its newline was never whole, and is none of them.
    package static func read(_ path: FilePath) throws(FileError) -> (memory: NoticeMemory, badLines: Int) {
        var memory = NoticeMemory()
        var badLines = 0
        guard try FileFacts(at: path) != nil else { return (memory, badLines) }
        // Line by line, however many wait: a receiver that was away for days is told all of it.
        try LineFile(path).scan(limitLineBytes: longestLine) { _, _ in
            badLines += 1
            return true
        } line: { _, line, endsWithNewline in
            let record = endsWithNewline ? OutboxRecord(line: line.indices.map { line[$0] }) : nil
            if let record { memory.apply(record) } else if endsWithNewline { badLines += 1 }
            return true
        }
        return (memory, badLines)
    }

    /// In bytes; a record with its facts is far shorter.
    private static let longestLine = 16 << 20

    private static func newSalt() -> String {
        (0..<2).map { _ in String(UInt64.random(in: .min ... .max), radix: 36) }.joined()
    }

    // MARK: What comes in.

    /// Is the event worth a line in the log: is it no fact that is known already, and no end of what never began?
    package func isWorthSaying(_ event: String, _ facts: [String: String]) -> Bool {
        guard let rule = NoticeRule(event: event, facts: facts) else { return true }
        return state.withLock { $0.memory.decide(rule, event, facts, at: now(), to: []) != .nothing }
    }

    /// Takes an event in, if it is a notice and new. When this returns, a kill of the process does not lose it.
    package func add(_ event: String, _ facts: [String: String]) {
        guard let rule = NoticeRule(event: event, facts: facts) else { return }
        let receivers = receivers()
        let trouble = state.withLock { state -> FileError? in
            let reached = NoticeReceiver.allCases.filter { receiver in
                receivers[receiver].map { !state.memory.isGone(receiver, at: $0) } ?? false
            }
            guard
                case .news(let records) = state.memory.decide(rule, event, facts, at: now(), to: reached),
                !records.isEmpty
            else { return nil }
            for waker in state.wakers { waker.yield() }
            return write(records, &state)
        }
        say(trouble)
    }

    /// Does a state of the subject last, as far as was told?
    package func isOn(_ subject: String) -> Bool { state.withLock { $0.memory.isOn(subject) } }

    /// The endpoints that were said to be in trouble, and not to be well again.
    package var endpointsInTrouble: [String] {
        let prefix = NoticeRule.endpoint("")
        return state.withLock { $0.memory.subjects }.filter { $0.hasPrefix(prefix) }.map {
            String($0.dropFirst(prefix.count))
        }
    }

    // MARK: What goes out.

    /// Yields at once, and whenever there may be something to send.
    func wakes() -> AsyncStream<Void> {
        let (stream, waker) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        state.withLock { $0.wakers.append(waker) }
        waker.yield()
        return stream
    }

    func wake() { state.withLock { for waker in $0.wakers { waker.yield() } } }

    /// What one receiver is still to be told, oldest first.
    package func pending(for receiver: NoticeReceiver) -> [Notice] {
        state.withLock { $0.memory.pending.filter { $0.receivers.contains(receiver) }.map(\.notice) }
    }

    /// The oldest that one receiver is still to be told and that `isDue` lets through, by its id.
    func next(for receiver: NoticeReceiver, where isDue: (String) -> Bool) -> Notice? {
        state.withLock { state in
            state.memory.pending.first { $0.receivers.contains(receiver) && isDue($0.notice.id) }?.notice
        }
    }

    package func isGone(_ receiver: NoticeReceiver, at address: String) -> Bool {
        state.withLock { $0.memory.isGone(receiver, at: address) }
    }

    /// Puts on disk, for good, what is to be sent next. It blocks; a failure is said and harms nothing.
    package func sync() {
        let (log, sizeBytes) = state.withLock { state -> (WrittenLog?, Int) in
            let mayTry = state.triedAt.map { .now - $0 >= retryPause } ?? true
            if state.log == nil && mayTry || state.sizeBytes > state.compactAboveBytes { writeAnew(&state) }
            return (state.syncedBytes < state.sizeBytes ? state.log : nil, state.sizeBytes)
        }
        guard let log else { return }
        do throws(FileError) {
            try log.sync()
            state.withLock { if $0.log === log { $0.syncedBytes = max($0.syncedBytes, sizeBytes) } }
        } catch {
            say(state.withLock { Self.trouble(error, &$0) })
        }
    }

    package func note(delivered notice: Notice, to receiver: NoticeReceiver) {
        record([.delivered(id: notice.id, receiver, at: now())])
    }

    package func giveUp(_ notice: Notice, for receiver: NoticeReceiver) {
        record([.givenUp(id: notice.id, receiver, at: now())])
    }

    /// The receiver wants nothing any more at that address.
    package func giveUp(_ receiver: NoticeReceiver, at address: String) {
        let time = now()
        let waiting = pending(for: receiver)
        record([.gone(receiver, at: address, time)] + waiting.map { .givenUp(id: $0.id, receiver, at: time) })
    }

    private func record(_ records: [OutboxRecord]) {
        say(state.withLock { write(records, &$0) })
    }

    // MARK: The file.

    private func write(_ records: [OutboxRecord], _ state: inout State) -> FileError? {
        for record in records { state.memory.apply(record) }
        guard let log = state.log else { return nil }
        let bytes = records.flatMap(\.line)
        state.sizeBytes += bytes.count
        do throws(FileError) {
            try log.write(bytes)
            return nil
        } catch {
            return Self.trouble(error, &state)
        }
    }

    private func writeAnew(_ state: inout State) {
        state.triedAt = .now
        let bytes = state.memory.compacted(at: now()).flatMap(\.line)
        do throws(FileError) {
            try DurableFile.publish(bytes, to: path)
            state.log = try WrittenLog(appendingTo: path)
            state.sizeBytes = bytes.count
            state.syncedBytes = bytes.count
            state.compactAboveBytes = 2 * bytes.count + (1 << 20)
            if state.hasSaidTrouble { logger.notice("outbox.recovered") }
            state.hasSaidTrouble = false
        } catch {
            say(Self.trouble(error, &state))
        }
    }

    /// - Returns: the error, where it is to be said.
    private static func trouble(_ error: FileError, _ state: inout State) -> FileError? {
        state.log = nil
        defer { state.hasSaidTrouble = true }
        return state.hasSaidTrouble ? nil : error
    }

    private func say(_ trouble: FileError?) {
        guard let trouble else { return }
        logger.error(
            "outbox.failed",
            metadata: ["reason": "\(trouble)", "retry": "with the next notice; until then from memory"])
    }
}

extension NoticeMemory {
    package func isGone(_ receiver: NoticeReceiver, at address: String) -> Bool {
        isOn(OutboxRecord.subject(receiver), for: OutboxRecord.digest(address))
    }
}

extension OutboxRecord {
    fileprivate static func subject(_ receiver: NoticeReceiver) -> String { "receiver \(receiver.rawValue)" }

    /// An address may hold a secret, and is known by its digest.
    fileprivate static func digest(_ address: String) -> String { SHA256.digest(of: Array(address.utf8)).hex }

    fileprivate static func gone(_ receiver: NoticeReceiver, at address: String, _ time: Timestamp) -> OutboxRecord {
        .begun(subject: subject(receiver), cause: digest(address), at: time)
    }
}
