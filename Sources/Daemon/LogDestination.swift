import Glibc

/// Where the log goes: to the journal where the service manager has connected standard error to it, else to standard
/// error as lines.
package enum LogDestination: Sendable {
    /// `standardError`: the same journal's other door, for what does not get through this one.
    case journal(DatagramSocket, standardError: Int32)
    /// `prefixed`: `<6>` and the like before each line, which the journal reads as its priority (sd-daemon(3)).
    case lines(descriptor: Int32, prefixed: Bool)

    package static let journalSocket = "/run/systemd/journal/socket"

    /// The rule of systemd.exec(5): `$JOURNAL_STREAM` is `DEVICE:INODE` of the journal's stream, and only if standard
    /// error is still that stream is this process's output the journal's. A shell's `2> file` inside a unit is not.
    package static func chosen(
        variable: (String) -> String? = environmentVariable,
        standardError: Int32 = STDERR_FILENO,
        journalSocket: String = journalSocket
    ) -> LogDestination {
        guard let stream = variable("JOURNAL_STREAM"), stream == identity(of: standardError) else {
            return .lines(descriptor: standardError, prefixed: false)
        }
        guard let address = UnixSocketAddress(journalSocket) else {
            return .lines(descriptor: standardError, prefixed: true)
        }
        do { return .journal(try DatagramSocket(to: address), standardError: standardError) } catch {
            // Only the fields are lost.
            write(line: "<\(LOG_WARNING)>\(error)", to: standardError)
            return .lines(descriptor: standardError, prefixed: true)
        }
    }

    package func write(_ record: LogRecord) {
        switch self {
        case .lines(let descriptor, let prefixed):
            Self.write(line: (prefixed ? "<\(record.priority)>" : "") + record.text, to: descriptor)
        case .journal(let socket, let standardError):
            do { try socket.send(JournalEntry(record).bytes) } catch {
                // The journal is away or refuses the size. What was to be said is worth more than its fields.
                Self.write(line: "<\(record.priority)>\(record.text)", to: standardError)
            }
        }
    }

    private static func identity(of descriptor: Int32) -> String? {
        var status = stat()
        return fstat(descriptor, &status) == 0 ? "\(status.st_dev):\(status.st_ino)" : nil
    }

    /// One write(2) for the whole line, so that lines of several threads do not mix.
    private static func write(line: String, to descriptor: Int32) {
        var rest = Array((line + "\n").utf8)[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if written < 0 && errno == EINTR { continue }
            // A closed or full standard error is the one trouble that there is no place left to report to.
            if written <= 0 { return }
            rest = rest.dropFirst(written)
        }
    }
}
