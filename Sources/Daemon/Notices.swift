import BatchCore
package import Logging
import ServiceLifecycle
import Subprocess
import SystemPackage

/// An event that an operator asked to be told of.
package struct Notice: Equatable, Sendable {
    package let event: String
    package let facts: [String: String]

    /// Events that are passed on to `notify.exec`.
    static let events: Set<String> = [
        "budget.exhausted", "budget.threshold", "budget.raised", "job.parked", "job.resumed", "job.rejected",
        "job.split",
        "job.stopped", "endpoint.unavailable", "endpoint.recovered", "spool.full", "spool.recovered",
        "environment.trouble",
        "config.rejected",
    ]

    package var json: [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("type", event)
            writer.object("data") { writer in
                for (name, value) in facts.sorted(by: { $0.key < $1.key }) { writer.member(name, value) }
            }
        }
        return writer.bytes
    }
}

/// Notices on their way to the program that tells them.
package final class NoticeQueue: Sendable {
    let exec: [String]?
    let stream: AsyncStream<Notice>
    private let continuation: AsyncStream<Notice>.Continuation

    package init(exec: [String]?, logger: Logger) {
        self.exec = exec
        (stream, continuation) = AsyncStream.makeStream(of: Notice.self, bufferingPolicy: .bufferingNewest(1000))
    }

    func add(_ notice: Notice) {
        if exec != nil { continuation.yield(notice) }
    }

    func finish() { continuation.finish() }
}

/// Passes every record on, and the events that are notices to the queue as well.
package struct NotifyingLogHandler: LogHandler {
    private var inner: any LogHandler
    private let notices: NoticeQueue

    package init(_ inner: any LogHandler, notices: NoticeQueue) {
        self.inner = inner
        self.notices = notices
    }

    package func log(event: LogEvent) {
        inner.log(event: event)
        let name = "\(event.message)"
        guard Notice.events.contains(name) else { return }
        notices.add(Notice(event: name, facts: (event.metadata ?? [:]).mapValues { "\($0)" }))
    }

    package var metadata: Logger.Metadata {
        get { inner.metadata }
        set { inner.metadata = newValue }
    }
    package var logLevel: Logger.Level {
        get { inner.logLevel }
        set { inner.logLevel = newValue }
    }
    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { inner[metadataKey: key] }
        set { inner[metadataKey: key] = newValue }
    }
}

/// Runs `notify.exec` once for each notice: the event's name in place of `{event}`, its JSON on standard input. A
/// program that fails or hangs is said in the log, and harms nothing else.
struct NotificationService: Service {
    private static let timeout = Duration.seconds(30)

    let notices: NoticeQueue
    let logger: Logger

    func run() async throws {
        await withGracefulShutdownHandler {
            for await notice in notices.stream { await tell(notice) }
        } onGracefulShutdown: {
            notices.finish()
        }
    }

    private func tell(_ notice: Notice) async {
        guard let exec = notices.exec, let program = exec.first else { return }
        let arguments = exec.dropFirst().map { $0 == "{event}" ? notice.event : $0 }
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    let result = try await Subprocess.run(
                        .path(FilePath(program)), arguments: Arguments(arguments), input: .array(notice.json),
                        output: .discarded, error: .discarded)
                    if !result.terminationStatus.isSuccess {
                        logger.warning(
                            "notify.failed",
                            metadata: ["event": "\(notice.event)", "reason": "\(result.terminationStatus)"])
                    }
                }
                group.addTask {
                    try await Task.sleep(for: Self.timeout)
                    throw NoticeTimeout()
                }
                defer { group.cancelAll() }
                try await group.next()
            }
        } catch {
            logger.warning("notify.failed", metadata: ["event": "\(notice.event)", "reason": "\(error)"])
        }
    }
}

private struct NoticeTimeout: Error, CustomStringConvertible {
    var description: String { "it took longer than 30 seconds" }
}
