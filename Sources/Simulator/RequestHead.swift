/// The head of one HTTP/1.1 request, as far as a loopback client's request can differ (RFC 9112).
struct RequestHead: Equatable {
    let method: String
    /// Without query.
    let path: String
    let bodyLength: BodyLength
    /// The client may send another request on this connection.
    let keepsAlive: Bool
    /// libcurl waits a second for `100 Continue` before a body of more than a megabyte.
    let expectsContinue: Bool

    enum BodyLength: Equatable {
        case bytes(Int)
        case chunked
    }

    /// A longer head is refused with 431, a longer body with 413.
    static let bytesMost = 64 * 1024
    static let bodyBytesMost = 256 * 1024 * 1024

    /// - Parameter head: the lines up to the empty one, which is not in it.
    init(parsing head: some Collection<UInt8>) throws(RequestHeadError) {
        let lines = String(decoding: head, as: UTF8.self).split(separator: "\r\n")
        let words = lines.first?.split(separator: " ") ?? []
        guard words.count == 3, words[2].hasPrefix("HTTP/1.") else {
            throw RequestHeadError(status: 400, reason: "the request line is not METHOD PATH HTTP/1.1")
        }
        var fields: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else {
                throw RequestHeadError(status: 400, reason: "a header line has no colon")
            }
            let value = line[line.index(after: colon)...].trimmed
            fields[line[..<colon].lowercased()] = value.lowercased()
        }
        method = String(words[0])
        path = String(words[1].prefix { $0 != "?" })
        bodyLength = try Self.bodyLength(fields)
        keepsAlive = words[2] == "HTTP/1.1" ? fields["connection"] != "close" : fields["connection"] == "keep-alive"
        expectsContinue = fields["expect"] == "100-continue"
    }

    private static func bodyLength(_ fields: [String: String]) throws(RequestHeadError) -> BodyLength {
        if let encoding = fields["transfer-encoding"] {
            guard encoding == "chunked", fields["content-length"] == nil else {
                throw RequestHeadError(status: 400, reason: "of transfer encodings only chunked is understood")
            }
            return .chunked
        }
        guard let length = Int(fields["content-length"] ?? "0"), length >= 0 else {
            throw RequestHeadError(status: 400, reason: "Content-Length is not a number")
        }
        guard length <= bodyBytesMost else { throw .bodyTooLong }
        return .bytes(length)
    }
}

/// Why a request cannot be read; the connection closes after the answer, since nobody knows where the next one begins.
struct RequestHeadError: Error, Equatable {
    let status: Int
    let reason: String

    static let tooLong = RequestHeadError(status: 431, reason: "the head is longer than \(RequestHead.bytesMost) bytes")
    static let bodyTooLong = RequestHeadError(
        status: 413, reason: "the body is longer than \(RequestHead.bodyBytesMost) bytes")
}

extension Substring {
    fileprivate var trimmed: Substring {
        let start = drop { $0 == " " || $0 == "\t" }
        return start.lastIndex { $0 != " " && $0 != "\t" }.map { start[...$0] } ?? ""
    }
}
