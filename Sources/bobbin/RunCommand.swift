import ArgumentParser
import Backends
import BatchCore
import Daemon
import DurableFiles
import Glibc
import Ledgers
import Logging
import Pipeline
import Spooling
import SystemPackage

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Hands files in and follows them to their verdict; needs no daemon, uses one if it runs.")

    @Argument(help: "Files of request lines; - is standard input.")
    var files: [String]

    @Option(help: "The lane to hand them to.")
    var lane: String?

    @OptionGroup var shared: SharedOptions

    func run() async throws {
        let holder = try ConfigurationHolder(shared.directory)
        let spool = try House.spool(option: shared.spool, holder.configuration)
        var lock = try lockOrDaemon(in: spool)
        let inbox = try Submission.inbox(of: lane, in: spool, holder.policies)
        try Daemon.prepareProcess()
        let since = WallClock.now()
        let before = try FileFacts(at: spool.finished)
        let names = try files.map { try Submission.submit($0, to: inbox, of: spool) }
        let follower = Follower(spool: spool, inbox: inbox, names: names, since: since, book: before)
        // Who works there may end before the files are done, or be another `run`, which works on its own alone.
        while lock == nil, try await !follower.isFollowedToTheEnd() { lock = try lockOrDaemon(in: spool) }
        if let lock {
            try await work(in: spool, holder, names, follower)
            withExtendedLifetime(lock) {}
        }
        try finish(try await follower.places(), spool)
    }

    /// What the lock of a spool is held for by this command.
    static let purpose = "run"

    /// Asked before anything is handed in: who may only do that can still follow what a daemon does.
    /// - Returns: nil where somebody is at work.
    /// - Throws: `Failure` for who may not work in the spool, where nobody does.
    private func lockOrDaemon(in spool: Spool) throws -> FileLock? {
        guard try FileLock.holder(spool.lock) == nil else { return nil }
        try Operator.actAsOwner(of: spool)
        try spool.prepare()
        return try FileLock.acquire(spool.lock, for: Self.purpose)
    }

    /// Without a daemon this process does what one would, for these files alone.
    private func work(
        in spool: Spool, _ holder: ConfigurationHolder, _ names: [String], _ follower: Follower
    ) async throws {
        let policies = holder.policies
        var logger = try shared.logger()
        // The follower shows what happens; the log is for what goes wrong.
        logger.logLevel = max(logger.logLevel, .error)
        let backend = try CurlBackend()
        defer { backend.close() }
        let services = try await House.services(
            spool: spool, policies: policies, witnesses: House.witnesses(holder.configuration), backend: backend,
            logger: logger, isStopping: { false })
        let dispatcher = Dispatcher(
            services: services, policies: policies, scope: .only(Set(names.map { Array($0.utf8) })), untilIdle: true)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await follower.showProgress() }
            group.addTask {
                try await withTaskExecutorPreference(FileExecutor.shared) {
                    try await dispatcher.recover()
                    _ = try await dispatcher.run()
                    try await services.ledger.close()
                }
                throw WorkIsDone()
            }
            do { try await group.waitForAll() } catch is WorkIsDone { group.cancelAll() }
        }
        Terminal.endProgressIfShown()
    }

    private func finish(_ places: [(String, JobPlace)], _ spool: Spool) throws {
        var worst: Int32 = 0
        var writer = JSONWriter()
        var reports: [JSONValue] = []
        for (name, place) in places {
            switch place {
            case .finished(let directory):
                guard let report = try spool.report(in: directory) else { continue }
                reports.append(report)
                let verdict = report["verdict"]?.string ?? "?"
                let spent = report["cost"]?["spent_usd"]?.string ?? "0"
                if !shared.json { Terminal.say(Terminal.printable("\(name): \(verdict), $\(spent), in \(directory)")) }
                guard verdict != JobVerdict.accepted.rawValue else { continue }
                if !shared.json { Terminal.say("  " + Terminal.printable(report["reason"]?.string ?? "")) }
                let isFileRefused = report["shards"]?.array?.isEmpty ?? true
                worst = max(worst, isFileRefused ? EX_DATAERR : Failure.rejected)
            case .processing(let directory, let state):
                let stated = state?.reason ?? ""
                let reason = stated.isEmpty ? "who worked on it has ended; a daemon goes on with it" : stated
                Terminal.complain("\(name): \(state?.phase.rawValue ?? "claimed"): \(reason), as \(directory.id)")
                worst = max(worst, state?.reason.hasPrefix("the endpoint") == true ? EX_UNAVAILABLE : EX_TEMPFAIL)
            case .inbox, .unknown:
                Terminal.complain("\(name): it is still in the inbox; `bobbin status` says why")
                worst = max(worst, EX_TEMPFAIL)
            }
        }
        if shared.json {
            writer.array { writer in for report in reports { writer.element(raw: report) } }
            Terminal.say(writer.text)
        }
        if worst != 0 { throw ExitCode(worst) }
    }
}

private struct WorkIsDone: Error {}

/// Follows files that were handed in, by what is on disk.
actor Follower {
    private let spool: Spool
    private let inbox: FilePath
    private let names: [String]
    private let since: Timestamp
    /// Of the book of finished jobs, which is read on from where it ended.
    private var readBytes: Int
    private var file: FileFacts?
    private var finished: [String: FilePath] = [:]

    /// - Parameter book: as it was before the files were handed in.
    init(spool: Spool, inbox: FilePath, names: [String], since: Timestamp, book: FileFacts?) {
        (self.spool, self.inbox, self.names, self.since) = (spool, inbox, names, since)
        file = book
        readBytes = book?.sizeBytes ?? 0
    }

    func places() throws -> [(String, JobPlace)] {
        let found = try names.map { ($0, try spool.find(name: Array($0.utf8), inbox: inbox, since: since)) }
        // Behind the look into processing/: what is not there any more is in the book.
        try readOn()
        return found.map { name, place in
            guard case .unknown = place, let directory = finished[name] else { return (name, place) }
            return (name, .finished(directory))
        }
    }

    private func readOn() throws {
        guard let facts = try FileFacts(at: spool.finished) else { return }
        // A process that starts may make the book anew.
        if let file, !file.isSameFile(as: facts) || facts.sizeBytes < readBytes { readBytes = 0 }
        file = facts
        if facts.sizeBytes == readBytes { return }
        readBytes = try FinishedBook(spool.finished).records(from: readBytes) { record in
            guard let id = JobID(record.head.job), id.isClaimed(since: since) else { return }
            for name in names where record.report["name"]?.string == PercentName.escape(Array(name.utf8)) {
                finished[name] = spool.directory(of: id, record.report)
            }
        }.wholeBytes
    }

    /// A daemon that is started anew is back by then.
    private static let longestRestart = Duration.seconds(5)

    /// Until each is finished or parked, or nobody works in the spool any more.
    /// - Returns: false: nobody does.
    func isFollowedToTheEnd() async throws -> Bool {
        defer { Terminal.endProgressIfShown() }
        let clock = ContinuousClock()
        var lastHeld = clock.now
        while true {
            let places = try places()
            draw(places)
            let isOver = places.allSatisfy { _, place in
                switch place {
                case .finished: true
                case .processing(_, let state): state?.phase.standsStill ?? false
                case .inbox, .unknown: false
                }
            }
            if isOver { return true }
            if try FileLock.holder(spool.lock) != nil { lastHeld = clock.now }
            if clock.now - lastHeld > Self.longestRestart { return false }
            try await Task.sleep(for: .milliseconds(200))
        }
    }

    /// Until it is cancelled.
    func showProgress() async throws {
        while Terminal.showsProgress, !Task.isCancelled {
            draw(try places())
            do { try await Task.sleep(for: .milliseconds(200)) } catch { return }
        }
    }

    private func draw(_ places: [(String, JobPlace)]) {
        guard Terminal.showsProgress else { return }
        var (done, lines, reason) = (0, 0, "")
        for case (_, .processing(_, let state?)) in places {
            done += state.done
            lines += state.lines
            if !state.reason.isEmpty { reason = " " + state.reason }
        }
        let finished = places.count { if case .finished = $0.1 { true } else { false } }
        let files = places.count > 1 ? " \(finished)/\(places.count) files" : ""
        Terminal.progress(Terminal.bar(done, of: lines) + files + reason)
    }
}

extension Terminal {
    static func endProgressIfShown() {
        if showsProgress { endProgress() }
    }
}
