import CCrypto

/// SHA-256 (FIPS 180-4) by OpenSSL. One context for message after message: `finish` begins the next.
///
/// The context is a plain value of the older interface: EVP looks up and locks for each message what takes as long as
/// hashing a hundred bytes, and a request has less than a thousand.
package struct SHA256: ~Copyable, Sendable {
    private var context = SHA256_CTX()

    package init() { begin() }

    private mutating func begin() {
        let done = unsafe SHA256_Init(&context)
        precondition(done == 1, "OpenSSL refused to hash")
    }

    package mutating func update(_ bytes: Span<UInt8>) {
        // OpenSSL reads the buffer during the call only.
        let done = unsafe bytes.withUnsafeBufferPointer { unsafe SHA256_Update(&context, $0.baseAddress, $0.count) }
        precondition(done == 1, "OpenSSL refused to hash")
    }

    package mutating func update(_ bytes: [UInt8]) { update(bytes.span) }

    /// The digest of all bytes since `init` or the last `finish`.
    package mutating func finish() -> SHA256Digest {
        var bytes: [32 of UInt8] = .init(repeating: 0)
        var span = bytes.mutableSpan
        // SHA256_Final writes 32 bytes, the size of the buffer.
        let done = unsafe span.withUnsafeMutableBufferPointer { unsafe SHA256_Final($0.baseAddress, &context) }
        precondition(done == 1, "OpenSSL refused to hash")
        begin()
        return SHA256Digest(bytes: bytes.span)
    }

    package static func digest(of bytes: [UInt8]) -> SHA256Digest {
        var hash = SHA256()
        hash.update(bytes)
        return hash.finish()
    }
}
