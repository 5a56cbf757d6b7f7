import CCurl

/// One exchange on one easy handle: what libcurl asks for, what it hands over, and what came of it. Lives on the curl
/// thread.
///
/// libcurl sends a POST a second time, silently, when a reused connection dies before an answer came: the server may
/// have read it, and may bill it twice. It can do so only if it can have the body again. So the body is given by a
/// callback, the seek callback refuses, and to be on the safe side a second request on one transfer is refused too.
final class CurlTransfer {
    let attempt: CurlAttempt
    let handle: UnsafeMutableRawPointer
    let continuation: CheckedContinuation<BackendResult, Never>
    /// libcurl's words about a failure. Owned; the handle points at it until it is reset.
    let errorText = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
    /// Owned; the handle points at it until it is reset.
    var headers: UnsafeMutablePointer<curl_slist>?
    /// The same, for a proxy.
    var proxyHeaders: UnsafeMutablePointer<curl_slist>?

    private var progress = CurlProgress()
    private var body: [UInt8] = []
    private var stop: CurlEvidence.Stop?

    init(
        _ attempt: CurlAttempt, on handle: UnsafeMutableRawPointer,
        continuation: CheckedContinuation<BackendResult, Never>
    ) {
        self.attempt = attempt
        self.handle = handle
        self.continuation = continuation
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    }

    deinit {
        errorText.deallocate()
        curl_slist_free_all(headers)
        curl_slist_free_all(proxyHeaders)
    }

    func mayBegin() -> Bool {
        progress.mayBegin()
    }

    func giveBody(to buffer: UnsafeMutableRawBufferPointer) -> Int {
        let next = progress.takeNext(of: attempt.request.body, atMost: buffer.count)
        buffer.copyBytes(from: next)
        return next.count
    }

    /// - Returns: false to give the transfer up.
    func takeHeader(byteCount: Int) -> Bool {
        if progress.countHeader(byteCount: byteCount) { return true }
        stop = .tooManyHeaders
        return false
    }

    /// - Parameter bytes: the next part of the answer's body, decompressed.
    /// - Returns: false to give the transfer up.
    func takeBody(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let limit = attempt.request.responseLimitBytes
        guard bytes.count <= limit - body.count else {
            stop = .tooLarge(limitBytes: limit)
            body = []
            return false
        }
        body.append(contentsOf: bytes)
        return true
    }

    /// libcurl has ended the transfer.
    /// - Parameter now: Unix seconds, asked only where a date must be understood.
    func result(code: CURLcode, now: () -> Int64) -> BackendResult {
        guard code == CURLE_OK, stop == nil else {
            let detail = CurlEvidence.detail(
                said: String(cString: errorText), inGeneral: String(cString: curl_easy_strerror(code)))
            return evidence(code: code, detail: detail).result
        }
        return .response(
            BackendResponse(
                status: status, body: body, retryAfter: retryAfter(now: now),
                requestID: header("x-request-id") ?? header("request-id"), contentType: header("content-type"),
                rates: RateHeaders.report(now: now, header: header)))
    }

    /// The transfer is ended from this side.
    func result(stop: CurlEvidence.Stop) -> BackendResult {
        self.stop = stop
        return evidence(code: CURLE_OK, detail: "").result
    }

    /// libcurl's loop has failed, this transfer with it.
    func result(loopTrouble: String) -> BackendResult {
        evidence(code: CURLE_FAILED_INIT, detail: loopTrouble).result
    }

    private func evidence(code: CURLcode, detail: String) -> CurlEvidence {
        CurlEvidence(
            code: code.rawValue, requestBegan: progress.requestBegan, answerBegan: progress.headerBytes > 0, stop: stop,
            detail: detail)
    }

    private var status: Int {
        var status = 0
        ccurl_get_long(handle, CURLINFO_RESPONSE_CODE, &status)
        return status
    }

    private func retryAfter(now: () -> Int64) -> Duration? {
        if let pause = header("retry-after-ms").flatMap(RetryAfter.pause(milliseconds:)) { return pause }
        return header("retry-after").flatMap { RetryAfter.pause($0, now: now()) }
    }

    /// The first header of that name in the final answer.
    private func header(_ name: String) -> String? {
        var found: UnsafeMutablePointer<curl_header>?
        // The header belongs to the handle; its value is copied here.
        guard curl_easy_header(handle, name, 0, UInt32(CURLH_HEADER), -1, &found) == CURLHE_OK else { return nil }
        return (found?.pointee.value).map { String(cString: $0) }
    }
}
