package import BatchCore

/// The signature of Standard Webhooks 1.0.0: HMAC-SHA256 over `ID.TIMESTAMP.PAYLOAD`, as `v1,BASE64`.
package enum WebhookSignature {
    /// - Parameter time: of the attempt; a receiver refuses what is minutes old, so each attempt is signed anew.
    package static func headers(
        of payload: [UInt8], id: String, at time: Timestamp, secret: [UInt8]
    ) -> [(name: String, value: String)] {
        let signed = Array("\(id).\(time.seconds).".utf8) + payload
        let code = HMACSHA256.code(of: signed, key: secret)
        return [
            ("webhook-id", id), ("webhook-timestamp", "\(time.seconds)"),
            ("webhook-signature", "v1,\(Base64.encode(code.bytes))"),
        ]
    }

    /// The bytes of a secret as it is handed over: `whsec_` and Base64, else the text itself.
    /// - Returns: nil for an empty one, and for one with that prefix whose rest is no Base64.
    package static func secret(_ text: String) -> [UInt8]? {
        let prefix = "whsec_"
        let bytes = text.hasPrefix(prefix) ? Base64.decode(String(text.dropFirst(prefix.count))) : Array(text.utf8)
        return bytes?.isEmpty == false ? bytes : nil
    }
}
