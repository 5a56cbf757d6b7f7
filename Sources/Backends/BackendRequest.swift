/// One HTTP exchange to make: a POST of JSON.
///
/// Its description, also when dumped, is the method, the place and the size: never the key, never the prompt, and
/// not the query or user part of the URL, where some providers want their keys.
package struct BackendRequest: Sendable {
    /// `http` or `https`, whole: scheme, host, path.
    package var url: String
    /// Sent as `Authorization: Bearer …`; nil sends no such header.
    package var bearerToken: String?
    /// Sent beside ours; neither name nor value has a blank or a control character in it.
    package var headers: [(name: String, value: String)]
    /// The JSON text, as it goes out.
    package var body: [UInt8]
    /// From the hand-over to the last byte of the answer, the connecting included. At least a millisecond.
    package var timeout: Duration
    /// An answer of more bytes than this, counted after decompression, is given up.
    package var responseLimitBytes: Int
    package var transport: Transport

    package init(
        url: String, bearerToken: String? = nil, headers: [(name: String, value: String)] = [], body: [UInt8],
        timeout: Duration, responseLimitBytes: Int = 64 * 1024 * 1024, transport: Transport = Transport()
    ) {
        self.url = url
        self.bearerToken = bearerToken
        self.headers = headers
        self.body = body
        self.timeout = timeout
        self.responseLimitBytes = responseLimitBytes
        self.transport = transport
    }
}

extension BackendRequest: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String {
        "POST \(publicPart(of: url)), \(body.count) bytes"
    }

    package var debugDescription: String { description }

    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// The URL without what stands before an `@` in its authority and without query and fragment.
private func publicPart(of url: String) -> String {
    let place = url.prefix { $0 != "?" && $0 != "#" }
    guard let schemeEnd = place.firstRange(of: "://") else { return String(place) }
    let rest = place[schemeEnd.upperBound...]
    let authority = rest.prefix { $0 != "/" }
    guard let at = authority.lastIndex(of: "@") else { return String(place) }
    return "\(place[..<schemeEnd.upperBound])\(rest[rest.index(after: at)...])"
}
