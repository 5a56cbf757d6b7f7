import Glibc
package import Logging

/// One event as it is written, whatever it is written to: a fixed event name and facts in a fixed order.
package struct LogRecord: Equatable, Sendable {
    package var level: Logger.Level
    /// `job.accepted`: the message of the call, never a sentence.
    package var event: String
    package var facts: [Fact]
    /// `Module/File.swift` and the line in it.
    package var file: String
    package var line: UInt

    package struct Fact: Equatable, Sendable {
        package var key: String
        package var value: String
    }

    /// The facts a reader looks for first; the others follow by name, so that one event always looks the same.
    package static let leadingKeys = ["job", "shard", "lane", "line", "verdict", "reason"]

    /// - Parameter metadata: of the logger; what the call gives goes before it.
    package init(_ event: LogEvent, metadata: Logger.Metadata) {
        level = event.level
        self.event = event.message.description
        file = event.file
        line = event.line
        var merged = metadata
        if let error = event.error { merged["error"] = "\(error)" }
        merged.merge(event.metadata ?? [:]) { _, own in own }
        facts = merged.map { Fact(key: $0.key, value: Self.text($0.value)) }
        facts.sort { Self.order($0.key) < Self.order($1.key) }
    }

    /// The severity of syslog(3), as the journal's PRIORITY and the `<N>` prefix of sd-daemon(3) want it.
    package var priority: Int32 {
        switch level {
        case .trace, .debug: LOG_DEBUG
        case .info: LOG_INFO
        case .notice: LOG_NOTICE
        case .warning: LOG_WARNING
        case .error: LOG_ERR
        case .critical: LOG_CRIT
        }
    }

    /// `LEVEL event key=value …`: the line on standard error, without its line break.
    package var text: String {
        ([level.rawValue.uppercased(), SafeText.escaped(event)] + facts.map(\.text)).joined(separator: " ")
    }

    private static func order(_ key: String) -> (Int, String) {
        (leadingKeys.firstIndex(of: key) ?? leadingKeys.count, key)
    }

    /// A dictionary has no order of its own; the names give it one.
    private static func text(_ value: Logger.MetadataValue) -> String {
        switch value {
        case .string(let text): text
        case .stringConvertible(let value): value.description
        case .array(let values): "[" + values.map(text).joined(separator: ", ") + "]"
        case .dictionary(let values):
            "{" + values.sorted { $0.key < $1.key }.map { "\($0.key): \(text($0.value))" }.joined(separator: ", ") + "}"
        }
    }
}

extension LogRecord.Fact {
    package var text: String { SafeText.escaped(key) + "=" + SafeText.quoted(value) }
}
