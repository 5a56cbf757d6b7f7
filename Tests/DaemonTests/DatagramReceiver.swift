import Daemon
import Glibc
import TestSupport
import Testing

/// The other end of a `DatagramSocket`: what systemd or the journal is elsewhere.
final class DatagramReceiver: Sendable {
    let name: String
    private let descriptor: Int32

    /// - Parameter name: a path, or `@NAME` for the abstract name space; each test takes its own.
    init(_ name: String) throws {
        self.name = name
        let address = try #require(UnixSocketAddress(name))
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        try #require(descriptor >= 0)
        let result = address.withSocketAddress { bind(descriptor, $0, $1) }
        try #require(result == 0, "bind \(name): \(errno)")
    }

    deinit {
        close(descriptor)
        if name.hasPrefix("/") { unlink(name) }
    }

    /// The next datagram; fails if none comes within five seconds.
    func next() throws -> String {
        var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        try #require(poll(&waiting, 1, 5000) == 1, "no datagram came")
        var buffer = [UInt8](repeating: 0, count: 1 << 18)
        let received = recv(descriptor, &buffer, buffer.count, 0)
        try #require(received >= 0)
        return String(decoding: buffer[..<received], as: UTF8.self)
    }

    var isSilent: Bool {
        var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&waiting, 1, 0) == 0
    }

    /// A name that no other test and no other run has.
    static func freshName(_ purpose: String = #function) -> String {
        "@bobbin-test-\(getpid())-\(UInt64.random(in: 0..<UInt64.max))"
    }
}

/// Stands for standard error: what is written to `writing` can be read back.
final class Pipe: Sendable {
    let writing: Int32
    private let reading: Int32

    init() throws {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        (reading, writing) = (ends[0], ends[1])
    }

    deinit {
        close(reading)
        close(writing)
    }

    /// What was written so far, which must be something; nothing comes later, for writing is synchronous.
    func text() throws -> String {
        var waiting = pollfd(fd: reading, events: Int16(POLLIN), revents: 0)
        try #require(poll(&waiting, 1, 0) == 1, "nothing was written")
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        let received = read(reading, &buffer, buffer.count)
        try #require(received >= 0)
        return String(decoding: buffer[..<received], as: UTF8.self)
    }

    /// As systemd names it in `$JOURNAL_STREAM`.
    func identity() throws -> String {
        var status = stat()
        try #require(fstat(writing, &status) == 0)
        return "\(status.st_dev):\(status.st_ino)"
    }
}
