import CCurl
import DurableFiles

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
    private let pauses: CurlPauses
    /// libcurl's words about a failure. Owned; the handle points at it until it is reset.
    let errorText = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
    /// Owned; the handle points at it until it is reset.
    var headers: UnsafeMutablePointer<curl_slist>?
    /// The same, for a proxy.
    var proxyHeaders: UnsafeMutablePointer<curl_slist>?

    private var progress = CurlProgress()
    private var body: [UInt8] = []
    /// Of the body so far, wherever it went.
    private var takenBytes = 0
    /// Of the room for answers.
    private var roomBytes = 0
    private var stop: CurlEvidence.Stop?
    private var pausedAt: ContinuousClock.Instant?
    /// What it stands still for.
    private(set) var wantedBytes = 0
    /// How long it stood still so far: that is no time that the server took.
    private var pausedTime = Duration.zero
    /// libcurl takes no longer time than this.
    private static let timeoutMillisecondsMax = 2_000_000_000

    init(
        _ attempt: CurlAttempt, on handle: UnsafeMutableRawPointer, pauses: CurlPauses,
        continuation: CheckedContinuation<BackendResult, Never>
    ) {
        self.attempt = attempt
        self.handle = handle
        self.pauses = pauses
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

    enum Taking {
        case taken, refused
        /// The same bytes come again once the transfer goes on.
        case paused
    }

    /// - Parameter bytes: the next part of the answer's body, decompressed.
    /// - Returns: `refused` to give the transfer up.
    func takeBody(_ bytes: UnsafeRawBufferPointer) -> Taking {
        let limit = attempt.request.responseLimitBytes
        guard bytes.count <= limit - takenBytes else {
            stop = .tooLarge(limitBytes: limit)
            body = []
            return .refused
        }
        if let file = attempt.request.answerFile, 200..<300 ~= status { return take(bytes, into: file) }
        guard pauses.admit(bytes.count, of: self) else {
            (pausedAt, wantedBytes) = (.now, bytes.count)
            setTimeout(milliseconds: Self.timeoutMillisecondsMax)
            return .paused
        }
        roomBytes += bytes.count
        takenBytes += bytes.count
        // Grown by doubling it would take up to three times its size for a moment.
        if body.isEmpty, let length = header("content-length").flatMap({ Int($0) }), length > bytes.count {
            body.reserveCapacity(min(limit, length))
        }
        body.append(contentsOf: bytes)
        return .taken
    }

    private func take(_ bytes: UnsafeRawBufferPointer, into file: ScratchLines) -> Taking {
        takenBytes += bytes.count
        do throws(FileError) {
            try file.append(bytes.assumingMemoryBound(to: UInt8.self).span)
            return .taken
        } catch {
            stop = .unwritable("\(error)")
            return .refused
        }
    }

    var isPaused: Bool { pausedAt != nil }

    /// Takes what it was paused for, if there is room by now.
    func goOn() {
        guard let pausedAt else { return }
        pausedTime += .now - pausedAt
        self.pausedAt = nil
        setTimeout(milliseconds: (attempt.request.timeout + pausedTime).curlMilliseconds)
        // A failure ends the transfer, and is seen where it ends.
        _ = curl_easy_pause(handle, CURLPAUSE_CONT)
    }

    private func setTimeout(milliseconds: Int) { _ = ccurl_set_long(handle, CURLOPT_TIMEOUT_MS, milliseconds) }

    /// What came of it goes nowhere, or went where it is held.
    func leave() {
        pauses.end(self)
        pauses.giveBack(roomBytes)
        roomBytes = 0
    }

    /// libcurl has ended the transfer.
    /// - Parameter now: Unix seconds, asked only where a date must be understood.
    func result(code: CURLcode, now: () -> Int64) -> BackendResult {
        guard code == CURLE_OK, stop == nil else {
            let detail = CurlEvidence.detail(
                said: String(cString: errorText), inGeneral: String(cString: curl_easy_strerror(code)))
            return evidence(code: code, detail: detail).result
        }
        var response = BackendResponse(
            status: status, body: body, retryAfter: retryAfter(now: now),
            requestID: header("x-request-id") ?? header("request-id"), contentType: header("content-type"),
            rates: RateHeaders.report(now: now, header: header))
        response.hold = pauses.handOver(roomBytes)
        (roomBytes, body) = (0, [])
        return .response(response)
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
