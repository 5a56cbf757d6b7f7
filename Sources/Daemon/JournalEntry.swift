/// A record in the journal's native protocol: `NAME=value` lines, or for a value with a line break in it `NAME`, the
/// length as 64 bits little-endian, the bytes (systemd's JOURNAL_NATIVE_PROTOCOL).
///
/// Each fact becomes a field of its own (`job` is JOB), so that `journalctl JOB=…` finds it; MESSAGE is for people.
package struct JournalEntry: Equatable, Sendable {
    package private(set) var bytes: [UInt8] = []

    /// A longer value is cut: a datagram has to fit into the socket's buffer (212,992 bytes by default).
    package static let longestValueBytes = 16 * 1024

    package init(_ record: LogRecord) {
        append("MESSAGE", Self.message(record))
        append("PRIORITY", "\(record.priority)")
        append("SYSLOG_IDENTIFIER", "bobbin")
        append("EVENT", record.event)
        if let id = EventCatalogue.entry(record.event)?.messageID { append("MESSAGE_ID", id) }
        append("CODE_FILE", record.file)
        append("CODE_LINE", "\(record.line)")
        for fact in record.facts { append(Self.fieldName(fact.key), fact.value) }
    }

    /// The event as a sentence, why, and the facts: `job parked: the day's cap is reached (job=… lane=default)`.
    package static func message(_ record: LogRecord) -> String {
        var message = EventCatalogue.entry(record.event)?.sentence ?? SafeText.escaped(record.event)
        if let reason = record.facts.first(where: { $0.key == "reason" }) {
            message += ": " + SafeText.escaped(reason.value)
        }
        let facts = record.facts.filter { $0.key != "reason" }.map(\.text)
        return facts.isEmpty ? message : message + " (" + facts.joined(separator: " ") + ")"
    }

    /// A key as the journal takes it: A-Z, 0-9 and `_`, not starting with a digit or `_`, at most 64 bytes; and never
    /// a field that the journal or this entry gives a meaning of its own.
    package static func fieldName(_ key: String) -> String {
        var name = ""
        for byte in key.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"): name.unicodeScalars.append(Unicode.Scalar(byte - 32))
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                name.unicodeScalars.append(Unicode.Scalar(byte))
            default: name += "_"
            }
        }
        let startsWithLetter = name.unicodeScalars.first.map { ("A"..."Z").contains($0) } ?? false
        if !startsWithLetter || reservedNames.contains(name) { name = "BOBBIN_" + name }
        return String(name.prefix(64))
    }

    /// Of systemd.journal-fields(7), what a fact could be called by chance, and what `init` writes.
    private static let reservedNames: Set<String> = [
        "MESSAGE", "MESSAGE_ID", "PRIORITY", "EVENT", "CODE_FILE", "CODE_LINE", "CODE_FUNC", "ERRNO", "INVOCATION_ID",
        "USER_INVOCATION_ID", "SYSLOG_FACILITY", "SYSLOG_IDENTIFIER", "SYSLOG_PID", "SYSLOG_TIMESTAMP", "SYSLOG_RAW",
        "DOCUMENTATION", "TID", "UNIT", "USER_UNIT", "OBJECT_PID", "COREDUMP_UNIT", "COREDUMP_USER_UNIT",
    ]

    private mutating func append(_ name: String, _ value: String) {
        var value = Array(value.utf8)
        if value.count > Self.longestValueBytes {
            let cut = value.count - Self.longestValueBytes
            value.removeLast(cut)
            value += Array("… (\(cut) bytes more)".utf8)
        }
        bytes += Array(name.utf8)
        if value.contains(UInt8(ascii: "\n")) {
            bytes.append(UInt8(ascii: "\n"))
            withUnsafeBytes(of: UInt64(value.count).littleEndian) { bytes += Array($0) }
        } else {
            bytes.append(UInt8(ascii: "="))
        }
        bytes += value
        bytes.append(UInt8(ascii: "\n"))
    }
}
