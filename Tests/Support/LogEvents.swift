package import Logging
import Synchronization

/// A logger whose lines a test can read: `message key=value …`.
package final class LogEvents: Sendable {
    private let lines = Mutex<[String]>([])

    package init() {}

    package var all: [String] { lines.withLock { $0 } }

    package func count(_ message: String) -> Int { all.count { $0.hasPrefix(message + " ") } }

    package var logger: Logger { Logger(label: "test") { _ in Handler(events: self) } }

    private struct Handler: LogHandler {
        let events: LogEvents
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.debug

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let facts = (event.metadata ?? [:]).map { "\($0)=\($1)" }.sorted().joined(separator: " ")
            events.lines.withLock { $0.append("\(event.message) \(facts)") }
        }
    }
}
