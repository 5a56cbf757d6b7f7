import ArgumentParser
import BatchCore
import Daemon
import DurableFiles
import Glibc
import Ledgers
import Spooling

struct HashlogCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hashlog", abstract: "The memory of what was answered before.",
        subcommands: [
            Stats.self, Verify.self, Repair.self, Prune.self, Forget.self, Export.self, Import.self,
        ],
        defaultSubcommand: Stats.self)

    struct Stats: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "How much it holds.")
        @OptionGroup var shared: SharedOptions

        func run() async throws {
            let (spool, _) = try shared.house()
            let log = try HashlogCommand.reading(spool)
            let statistics = try await log.statistics
            let rows = [
                ("keys", statistics.keys), ("answers", statistics.answers), ("segments", statistics.segments),
                ("bytes_on_disk", statistics.bytesOnDisk), ("index_bytes", statistics.indexBytes),
                ("defects", statistics.defects), ("rejected_files", statistics.rejected),
            ]
            if shared.json {
                var writer = JSONWriter()
                writer.object { writer in for (name, value) in rows { writer.member(name, value) } }
                Terminal.say(writer.text)
            } else {
                for line in Terminal.table(rows.map { [$0.0, "\($0.1)"] }) { Terminal.say(line) }
            }
        }
    }

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Reads every key, the answer that it points to, and every line of the answers.")
        @OptionGroup var shared: SharedOptions

        func run() async throws {
            let (spool, _) = try shared.house()
            let log = try HashlogCommand.reading(spool)
            try await log.verify()
            let keys = try await log.statistics.keys
            if shared.json {
                var writer = JSONWriter()
                writer.object { writer in
                    writer.member("ok", true)
                    writer.member("keys", keys)
                }
                Terminal.say(writer.text)
            } else {
                Terminal.say("\(keys) keys, each with its answer")
            }
        }
    }

    /// As it stands, without changing it; a daemon may go on writing it.
    static func reading(_ spool: Spool) throws -> FileHashLog {
        try FileHashLog(in: spool.hashlog, writable: false, now: WallClock.now)
    }

    /// Runs `body` with the lock of the spool held.
    /// - Returns: nil where a daemon holds it.
    static func alone<Result>(in spool: Spool, _ body: () async throws -> Result) async throws -> Result? {
        try Operator.actAsOwner(of: spool)
        try spool.prepare()
        guard let lock = try FileLock.acquire(spool.lock) else { return nil }
        let result = try await body()
        withExtendedLifetime(lock) {}
        return result
    }

    /// Runs `body` with the lock of the spool held, or says what to do.
    static func aloneOnly<Result>(in spool: Spool, _ body: () async throws -> Result) async throws -> Result {
        if let result = try await alone(in: spool, body) { return result }
        let holder = try FileLock.holder(spool.lock).map { " (process \($0))" } ?? ""
        throw Failure(
            code: EX_TEMPFAIL,
            message: "a daemon works in \(spool.root)\(holder): stop it for this, and start it again afterwards")
    }

    static func say(_ figures: KeyValuePairs<String, Int>, _ sentence: String, json: Bool) {
        guard json else { return Terminal.say(sentence) }
        var writer = JSONWriter()
        writer.object { writer in for (name, value) in figures { writer.member(name, value) } }
        Terminal.say(writer.text)
    }
}

extension Spool {
    /// Hands a request to the daemon that works here, and returns its reply, however long the work takes.
    func hearDaemon(_ request: ControlRequest, named name: String) async throws -> (answers: Int, segments: Int) {
        switch try await replyOfDaemon(to: request, named: name) {
        case .done(let answers, let segments): return (answers, segments)
        case .failed(let reason): throw Failure(code: EX_IOERR, message: reason)
        case .reviewed, .followed, nil: throw Failure(code: EX_IOERR, message: "the daemon gave no reply; see its log")
        }
    }

    func replyOfDaemon(to request: ControlRequest, named name: String) async throws -> ControlReply? {
        let path = try ask(request, by: Operator.uid, name: "\(name)-\(WallClock.now().compact)-\(getpid())")
        while try FileFacts(at: path) != nil {
            guard try FileLock.holder(lock) != nil else {
                throw Failure(
                    code: EX_TEMPFAIL, message: "the daemon ended meanwhile; it does it at its next start")
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        return try Self.takeReply(to: path)
    }
}
