import Logging
import Synchronization

/// A logger whose events a test can count.
final class TestLog: Sendable {
    private let events = Mutex<[String]>([])

    func count(_ event: String) -> Int { events.withLock { $0.count { $0 == event } } }

    var logger: Logger { Logger(label: "test") { _ in Handler(log: self) } }

    private struct Handler: LogHandler {
        let log: TestLog
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.debug

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) { log.events.withLock { $0.append("\(event.message)") } }
    }
}
