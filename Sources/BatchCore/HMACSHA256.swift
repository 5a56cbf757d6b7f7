import CCrypto

/// HMAC-SHA256 (RFC 2104) by OpenSSL: proves to whoever has the same key that a message is ours and as it was sent.
package enum HMACSHA256 {
    /// - Parameter key: at least one byte.
    package static func code(of message: [UInt8], key: [UInt8]) -> SHA256Digest {
        precondition(!key.isEmpty, "a code without a key proves nothing")
        var bytes = [UInt8](repeating: 0, count: SHA256Digest.byteCount)
        var written = 0
        // OpenSSL reads both buffers and writes the third during the call only.
        let done = EVP_Q_mac(
            nil, "HMAC", nil, "SHA256", nil, key, key.count, message, message.count, &bytes, bytes.count, &written)
        precondition(done != nil && written == bytes.count, "OpenSSL refused to sign: a provider without HMAC?")
        return SHA256Digest(bytes: bytes.span)
    }
}
