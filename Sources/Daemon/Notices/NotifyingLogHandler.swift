package import Logging

/// Passes records on, and puts the events that are notices into the outbox as well: first the log, so that no trouble
/// with the outbox keeps an event out of it. A fact that was said already, also by an earlier process, and the end of
/// what never began are passed over.
package struct NotifyingLogHandler: LogHandler {
    private var inner: any LogHandler
    private let outbox: Outbox

    package init(_ inner: any LogHandler, outbox: Outbox) {
        self.inner = inner
        self.outbox = outbox
    }

    package func log(event: LogEvent) {
        let name = "\(event.message)"
        let facts = (event.metadata ?? [:]).mapValues { "\($0)" }
        if event.level >= inner.logLevel, outbox.isWorthSaying(name, facts) { inner.log(event: event) }
        outbox.add(name, facts)
    }

    package var metadata: Logger.Metadata {
        get { inner.metadata }
        set { inner.metadata = newValue }
    }

    /// A quiet log is no reason to tell nobody: notices are events of this level and above.
    package var logLevel: Logger.Level {
        get { min(inner.logLevel, .info) }
        set { inner.logLevel = newValue }
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { inner[metadataKey: key] }
        set { inner[metadataKey: key] = newValue }
    }
}
