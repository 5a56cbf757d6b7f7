import Glibc

/// Tells the service manager where this process stands: the protocol of sd_notify(3), one datagram a message.
///
/// Without `NOTIFY_SOCKET` (a terminal, a test) every message is a no-op. With it, a message that cannot be sent
/// throws: a READY=1 that gets lost would have the unit killed at its start timeout with nothing said.
package struct ServiceNotifier: Sendable {
    /// The unit is killed when no `watchdog()` comes for this long; send one each third of it, and only if the
    /// pipeline got on. Nil: nobody waits for one.
    package let watchdogInterval: Duration?
    private let socket: DatagramSocket?

    /// - Parameters:
    ///   - variable: looks up an environment variable.
    ///   - processID: the service manager names the process that its watchdog is for; a child is not meant.
    /// - Throws: `.badAddress` for a `NOTIFY_SOCKET` that is no local socket, `.failed` where none can be made.
    package init(
        variable: (String) -> String? = environmentVariable, processID: Int32 = getpid()
    ) throws(ServiceNotifierError) {
        watchdogInterval = Self.watchdogInterval(variable, processID)
        guard let name = variable("NOTIFY_SOCKET"), !name.isEmpty else {
            socket = nil
            return
        }
        guard let address = UnixSocketAddress(name) else { throw .badAddress(name) }
        do { socket = try DatagramSocket(to: address) } catch { throw .failed(error) }
    }

    /// Start-up, or a reload, is complete.
    package func ready(status: String) throws(ServiceNotifierError) {
        try send(["READY=1", Self.line(status: status)])
    }

    /// A reload begins; `ready` ends it. The time lets the manager tell this reload from an earlier one.
    package func reloading() throws(ServiceNotifierError) {
        try send(["RELOADING=1", "MONOTONIC_USEC=\(Self.monotonicMicroseconds())"])
    }

    /// The shutdown begins.
    package func stopping(status: String) throws(ServiceNotifierError) {
        try send(["STOPPING=1", Self.line(status: status)])
    }

    /// The one line that `systemctl status` shows.
    package func status(_ text: String) throws(ServiceNotifierError) {
        try send([Self.line(status: text)])
    }

    /// The sign of life that the unit's WatchdogSec= waits for.
    package func watchdog() throws(ServiceNotifierError) {
        try send(["WATCHDOG=1"])
    }

    /// Asks that start-up or shutdown may take `time` more from now: opening a large hash log, a slow last answer.
    package func extendTimeout(by time: Duration) throws(ServiceNotifierError) {
        let (seconds, attoseconds) = time.components
        try send(["EXTEND_TIMEOUT_USEC=\(seconds * 1_000_000 + attoseconds / 1_000_000_000_000)"])
    }

    private func send(_ lines: [String]) throws(ServiceNotifierError) {
        guard let socket else { return }
        do { try socket.send(Array(lines.joined(separator: "\n").utf8)) } catch { throw .failed(error) }
    }

    /// A line break in a status would start another assignment, so a file's name could say `MAINPID=1`.
    private static func line(status: String) -> String {
        "STATUS=" + String(SafeText.escaped(status).prefix(400))
    }

    private static func monotonicMicroseconds() -> Int {
        var time = timespec()
        let result = clock_gettime(CLOCK_MONOTONIC, &time)
        precondition(result == 0, "Linux always has CLOCK_MONOTONIC")
        return time.tv_sec * 1_000_000 + time.tv_nsec / 1000
    }

    private static func watchdogInterval(_ variable: (String) -> String?, _ processID: Int32) -> Duration? {
        guard let microseconds = variable("WATCHDOG_USEC").flatMap({ Int64($0) }), microseconds > 0 else { return nil }
        if let owner = variable("WATCHDOG_PID"), Int32(owner) != processID { return nil }
        return .microseconds(microseconds)
    }
}

package enum ServiceNotifierError: Error, Equatable, CustomStringConvertible {
    case badAddress(String)
    case failed(DatagramFailure)

    package var description: String {
        switch self {
        case .badAddress(let name):
            "NOTIFY_SOCKET=\(SafeText.escaped(name)) is neither an absolute path nor @NAME: start bobbin from its unit"
        case .failed(let failure):
            "the service manager cannot be told: \(failure)"
        }
    }
}
