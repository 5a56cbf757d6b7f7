/// How far one transfer has come. Pure, since it decides what counts as sent, and that nothing is sent twice.
struct CurlProgress: Equatable, Sendable {
    /// More than any sane server sends; libcurl keeps them all in memory.
    static let headerLimitBytes = 256 * 1024

    /// libcurl was about to send, or had the body already. Before that no byte of the request can have left.
    private(set) var requestBegan = false
    private(set) var sentBytes = 0
    private(set) var headerBytes = 0

    /// The connection stands, with TLS and through the proxy, and the request would go out now.
    /// - Returns: false if the body, or a part of it, went out before on this transfer.
    mutating func mayBegin() -> Bool {
        requestBegan = true
        return sentBytes == 0
    }

    /// The part of the body that goes out next; none is left when it is empty.
    mutating func takeNext(of body: [UInt8], atMost count: Int) -> ArraySlice<UInt8> {
        requestBegan = true
        let next = body[sentBytes...].prefix(count)
        sentBytes += next.count
        return next
    }

    /// A header line of the answer, or its status line.
    /// - Returns: false if there are too many of them.
    mutating func countHeader(byteCount: Int) -> Bool {
        headerBytes += byteCount
        return headerBytes <= Self.headerLimitBytes
    }
}
