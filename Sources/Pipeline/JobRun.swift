import BatchCore
import DurableFiles
import Gates
import Spooling
import Synchronization
import SystemPackage

/// One job at work: what its shards share.
struct JobRun: Sendable {
    let services: Services
    var policies: Policies
    let directory: JobDirectory
    let record: JobRecord
    let lane: Lane
    /// Handed in again on purpose: what was paid for before may be paid for again.
    var isRetry: Bool
    var reading: Reading
    let plan: ShardPlan
    var input: JobInput
    var attempts: AttemptLog
    let slots: LaneSlots
    let progress: JobProgress
    /// What persons have decided so far.
    let reviews: [ReviewDecision]
    let halt = Halt()

    var job: String { directory.id.name }

    var gate: Gate { policies.gates[lane.name] }

    /// The requests of a shard that are good lines today, in input order.
    func entries(of shard: ShardPlan.Shard) -> [Reading.Entry] {
        shard.lines.compactMap { reading.entry(ofLine: $0) }
    }

    /// The shards of the plan that have a batch out, of their own or of their escalation.
    func shardsWithBatch() throws -> Set<Int> {
        let out = Set(try directory.batches().map(\.shard))
        if out.isEmpty { return [] }
        return Set(plan.shards.filter { !out.isDisjoint(with: plan.bookedNumbers(of: $0)) }.map(\.number))
    }

    /// Why nothing new may start now; nil: it may.
    func hindrance() -> ParkReason? {
        if isHalted { return .stopping }
        if let pause { return .paused(pause) }
        return policies.isOpen(lane, at: services.now()) ? nil : .window(lane.windows)
    }

    /// What an operator holds it back by.
    var pause: Pause? { services.pauses.pause(of: directory.id, lane: record.lane) }

    var isHalted: Bool { services.isStopping() || halt.isHalted }

    /// A part of the job has failed: nothing new starts in the others, and those that wait are told.
    func halt(because error: any Error) async {
        if halt.note(error) { await services.wakeWaiting() }
    }
}

/// Request lines, the snapshot of a job or what its judge is asked, read line by line as its requests are sent.
final class JobInput: Sendable {
    private let file: LineFile?
    private let reader: Mutex<RequestReader>

    /// - Parameter path: nil where the file is refused unread, and so has no lines.
    init(_ path: FilePath?, catalogue: ModelCatalogue) throws(FileError) {
        if let path { file = try LineFile(path) } else { file = nil }
        reader = Mutex(RequestReader(catalogue: catalogue))
    }

    /// nil: the line has none that can be read.
    func customID(at offset: Int, length: Int) throws(FileError) -> String? {
        if length > InputReader.longestLineBytes { return nil }
        let line = try bytes(at: offset, length: length)
        return reader.withLock { $0.customID(of: line.span) }
    }

    /// What the line asks apart from its data.
    func promptTemplate(of entry: Reading.Entry) throws(FileError) -> String {
        let line = try bytes(at: entry.offset, length: entry.length)
        return reader.withLock { $0.promptTemplate(of: line.span) }
    }

    /// A line as it was delivered, without its end.
    func bytes(at offset: Int, length: Int) throws(FileError) -> [UInt8] {
        try file?.read(at: offset, length: length) ?? []
    }

    /// A request as it goes out to `model`.
    func outgoing(_ entry: Reading.Entry, to model: Model) throws -> OutgoingRequest {
        let line = try bytes(at: entry.offset, length: entry.length)
        do throws(LineRefusal) {
            return try reader.withLock { reader throws(LineRefusal) in try reader.outgoing(line.span, to: model) }
        } catch {
            throw JobDamage(
                file: file?.path ?? "", reason: "line \(entry.line) was good when it was read, and is not now")
        }
    }
}

/// What `bobbin status` shows of a job while its file is read, written at most twice a second.
struct ReadingPace {
    private let directory: JobDirectory
    private let clock: SteadyClock
    private var written: SteadyClock.Instant

    init(_ directory: JobDirectory, clock: SteadyClock) {
        self.clock = clock
        written = clock.now
        self.directory = directory
    }

    mutating func note(_ done: Int, of total: Int) throws(FileError) {
        let now = clock.now
        if now - written < JobProgress.interval { return }
        written = now
        let percent = Int(Double(done) / Double(total) * 100)
        try directory.write(JobState(.reading, reason: "\(percent) % of \(total >> 20) MiB are read"))
    }
}
