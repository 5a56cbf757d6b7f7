import CCrypto

/// SHA-256 (FIPS 180-4) by OpenSSL's EVP interface. One context for message after message: `finish` begins the next.
// The context has one owner, because the type cannot be copied, and OpenSSL ties no context to a thread.
package struct SHA256: ~Copyable, @unchecked Sendable {
    /// Made by EVP_MD_CTX_new, freed once in `deinit`.
    private let context: OpaquePointer

    package init() {
        guard let context = EVP_MD_CTX_new(), EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else {
            preconditionFailure("OpenSSL gives no SHA-256 context: no memory, or a provider without SHA-256")
        }
        self.context = context
    }

    deinit { EVP_MD_CTX_free(context) }

    package mutating func update(_ bytes: Span<UInt8>) {
        // OpenSSL reads the buffer during the call only.
        let done = unsafe bytes.withUnsafeBufferPointer { unsafe EVP_DigestUpdate(context, $0.baseAddress, $0.count) }
        precondition(done == 1, "OpenSSL refused to hash")
    }

    package mutating func update(_ bytes: [UInt8]) { update(bytes.span) }

    /// The digest of all bytes since `init` or the last `finish`.
    package mutating func finish() -> SHA256Digest {
        var bytes: [32 of UInt8] = .init(repeating: 0)
        var span = bytes.mutableSpan
        // EVP_DigestFinal_ex writes 32 bytes, the size of the buffer. Beginning again with a nil type keeps the
        // algorithm: looking it up anew costs as much as hashing half a kilobyte.
        let done = unsafe span.withUnsafeMutableBufferPointer {
            unsafe EVP_DigestFinal_ex(context, $0.baseAddress, nil)
        }
        precondition(done == 1 && EVP_DigestInit_ex(context, nil, nil) == 1, "OpenSSL refused to hash")
        return SHA256Digest(bytes: bytes.span)
    }

    package static func digest(of bytes: [UInt8]) -> SHA256Digest {
        var hash = SHA256()
        hash.update(bytes)
        return hash.finish()
    }
}
