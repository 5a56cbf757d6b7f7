import Glibc

/// Sends whole datagrams to one local address: the transport of sd_notify(3) and of the journal's native protocol.
///
/// The descriptor is opened once, so that a process that is out of descriptors can still say so, and it is not
/// connected, so that a receiver may go and come back.
package final class DatagramSocket: Sendable {
    package let address: UnixSocketAddress
    private let descriptor: Int32
    private static let longestWaitSeconds = 15

    package init(to address: UnixSocketAddress) throws(DatagramFailure) {
        self.address = address
        // Close-on-exec: a program that the daemon starts must not inherit its voice.
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw DatagramFailure(address: address, call: "socket", code: errno) }
        var longest = timeval(tv_sec: Self.longestWaitSeconds, tv_usec: 0)
        let result = setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &longest, socklen_t(MemoryLayout<timeval>.size))
        precondition(result == 0, "a socket of ours takes a timeout")
    }

    deinit { close(descriptor) }

    /// Sends `bytes` as one datagram. It waits while the receiver's queue is full, like libsystemd does: dropping
    /// a READY=1 or the line that explains a failure is worse than a short wait. A receiver that is there and reads
    /// nothing is given up after it.
    package func send(_ bytes: [UInt8]) throws(DatagramFailure) {
        var code: Int32 = 0
        repeat {
            let sent = address.withSocketAddress { address, length in
                sendto(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL), address, length)
            }
            code = sent < 0 ? errno : 0
        } while code == EINTR
        if code != 0 { throw DatagramFailure(address: address, call: "sendto", code: code) }
    }
}

/// A datagram that did not get out.
package struct DatagramFailure: Error, Equatable, CustomStringConvertible {
    package var address: UnixSocketAddress
    package var call: String
    /// errno of the failed call.
    package var code: Int32

    package var description: String {
        "\(call) for the socket \(address.text) failed: \(String(cString: strerror(code))): is its receiver running?"
    }
}
