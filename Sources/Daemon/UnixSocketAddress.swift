package import Glibc

/// Where a local datagram goes: a path, or a name in the abstract name space that a leading `@` stands for.
package struct UnixSocketAddress: Equatable, Sendable {
    /// What `sun_path` holds, without padding: a path with its terminating NUL, or NUL and the abstract name.
    package let pathBytes: [UInt8]
    /// As it was given, for messages.
    package let text: String

    /// `sun_path` holds this many bytes on Linux (unix(7)).
    package static let longestPathBytes = 108

    /// - Returns: nil for what is neither an absolute path nor an abstract name, or does not fit into `sun_path`.
    package init?(_ text: String) {
        switch text.utf8.first {
        case UInt8(ascii: "/"): pathBytes = Array(text.utf8) + [0]
        case UInt8(ascii: "@") where text.utf8.count > 1: pathBytes = [0] + Array(text.utf8.dropFirst())
        default: return nil
        }
        guard pathBytes.count <= Self.longestPathBytes else { return nil }
        self.text = text
    }

    /// Calls `body` with the C address and its exact length: an abstract name has no end but the length, so padding
    /// would name another socket.
    package func withSocketAddress<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: pathBytes) }
        let headerBytes = MemoryLayout<sockaddr_un>.size - Self.longestPathBytes
        let length = socklen_t(headerBytes + pathBytes.count)
        // sockaddr_un starts with the family like every sockaddr, and the pointer is used within this call only.
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
        }
    }
}
