package import Logging

/// The log of the daemon: fixed event names with facts as metadata, written to the journal or to standard error.
package struct JournalLogHandler: LogHandler {
    package var metadata: Logger.Metadata = [:]
    package var metadataProvider: Logger.MetadataProvider?
    package var logLevel: Logger.Level
    private let destination: LogDestination

    package init(
        to destination: LogDestination, level: Logger.Level, metadataProvider: Logger.MetadataProvider? = nil
    ) {
        self.destination = destination
        logLevel = level
        self.metadataProvider = metadataProvider
    }

    /// Makes this the log of the whole process. Once a process, before the first logger is made.
    /// - Throws: `UnknownLogLevel`: `$BOBBIN_LOG` names none.
    package static func bootstrap(variable: (String) -> String? = environmentVariable) throws(UnknownLogLevel) {
        let level = try level(named: variable("BOBBIN_LOG"))
        let destination = LogDestination.chosen(variable: variable)
        LoggingSystem.bootstrap(
            { _, provider in JournalLogHandler(to: destination, level: level, metadataProvider: provider) },
            metadataProvider: nil
        )
    }

    /// `$BOBBIN_LOG`; none is `info`: one line per state of a job.
    package static func level(named name: String?) throws(UnknownLogLevel) -> Logger.Level {
        guard let name, !name.isEmpty else { return .info }
        guard let level = Logger.Level(rawValue: name.lowercased()) else { throw UnknownLogLevel(name: name) }
        return level
    }

    package func log(event: LogEvent) {
        let provided = metadataProvider?.get() ?? [:]
        destination.write(LogRecord(event, metadata: metadata.merging(provided) { _, provided in provided }))
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }
}

package struct UnknownLogLevel: Error, Equatable, CustomStringConvertible {
    package var name: String

    package var description: String {
        let known = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
        return "BOBBIN_LOG=\(SafeText.escaped(name)) is no level: use one of \(known)"
    }
}
