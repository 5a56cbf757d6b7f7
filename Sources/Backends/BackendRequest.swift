package import DurableFiles

/// One HTTP exchange to make: a POST, of JSON unless it says otherwise, or a GET.
///
/// Its description, also when dumped, is the method, the place and the size: never the key, never the prompt, and
/// not the query or user part of the URL, where some providers want their keys.
package struct BackendRequest: Sendable {
    package enum Method: String, Sendable {
        case post = "POST"
        /// A question: nothing is paid for it, and it may leave twice where a connection dies.
        case get = "GET"
    }

    package var method = Method.post
    /// Of the body; without a blank or a control character in it.
    package var contentType = "application/json"
    /// `http` or `https`, whole: scheme, host, path.
    package var url: String
    /// Sent as `Authorization: Bearer …`; nil sends no such header.
    package var bearerToken: String?
    /// Sent beside ours; neither name nor value has a blank or a control character in it.
    package var headers: [(name: String, value: String)]
    /// As it goes out; of a GET nothing does.
    package var body: [UInt8]
    /// From the hand-over to the last byte of the answer, the connecting included. At least a millisecond.
    package var timeout: Duration
    /// An answer of more bytes than this, counted after decompression, is given up.
    package var responseLimitBytes: Int
    package var transport: Transport
    /// Where the body of an answer of 2xx goes instead of memory: the answer's own is empty then, unless the backend
    /// knows of no files.
    package var answerFile: ScratchLines?

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
        "\(method.rawValue) \(publicPart(of: url)), \(body.count) bytes"
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
