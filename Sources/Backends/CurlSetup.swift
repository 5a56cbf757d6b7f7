import CCurl
import Glibc

/// How an easy handle is set up for one transfer.
extension CurlTransfer {
    private static var connectTimeoutMilliseconds: Int { 10_000 }

    /// - Returns: why this request cannot be sent, or nil.
    func prepare(with settings: CurlSettings) -> String? {
        let request = attempt.request
        if let refusal = Self.refusal(of: request) { return refusal }
        guard let list = Self.list(of: Self.headerLines(of: request)) else { return "out of memory" }
        headers = list
        var options = CurlOptions(handle)
        options.set(CURLOPT_URL, request.url)
        options.set(CURLOPT_PROTOCOLS_STR, "http,https")
        options.set(CURLOPT_FOLLOWLOCATION, 0)
        options.set(CURLOPT_HTTPHEADER, list)
        options.set(CURLOPT_USERAGENT, "bobbin")
        options.set(CURLOPT_ACCEPT_ENCODING, "")  // everything this libcurl can decompress
        switch request.method {
        case .post:
            options.set(CURLOPT_POST, 1)
            options.set(CURLOPT_POSTFIELDSIZE_LARGE, bytes: request.body.count)
        case .get: options.set(CURLOPT_HTTPGET, 1)
        }
        options.set(CURLOPT_TIMEOUT_MS, request.timeout.curlMilliseconds)
        options.set(CURLOPT_CONNECTTIMEOUT_MS, Self.connectTimeoutMilliseconds)
        options.set(CURLOPT_MAXAGE_CONN, settings.idleSecondsMax)
        options.set(CURLOPT_TCP_NODELAY, 1)
        options.set(CURLOPT_TCP_KEEPALIVE, 1)  // an answer may take minutes, and a NAT on the way forgets silent peers
        options.set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)  // what a proxy says is not the answer
        options.set(CURLOPT_NOSIGNAL, 1)
        // Else giving up a transfer whose host is still looked up holds up the thread, so all transfers, until the
        // resolver comes back: ten seconds where no name server answers.
        options.set(CURLOPT_QUICK_EXIT, 1)
        options.set(request.transport, settings)
        if case .server(_, let login?) = request.transport.proxy {
            guard let list = Self.list(of: [login.header]) else { return "out of memory" }
            proxyHeaders = list
            options.set(CURLOPT_PROXYHEADER, list)  // these go to the proxy, and those of the request do not
        }
        setCallbacks(&options)
        return options.failure
    }

    private func setCallbacks(_ options: inout CurlOptions) {
        // Unretained: the thread keeps the transfer until it has reset the handle, after which nothing calls back.
        let context = Unmanaged.passUnretained(self).toOpaque()
        options.set(CURLOPT_ERRORBUFFER, errorText)
        options.set(CURLOPT_PREREQDATA, context)
        options.set(CURLOPT_READDATA, context)
        options.set(CURLOPT_WRITEDATA, context)
        options.set(CURLOPT_HEADERDATA, context)
        options.note(
            ccurl_set_prerequest(handle) { context, _, _, _, _ in
                CurlTransfer.from(context).mayBegin() ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
            })
        options.note(
            ccurl_set_read(handle) { buffer, size, count, context in
                CurlTransfer.from(context).giveBody(
                    to: UnsafeMutableRawBufferPointer(start: buffer, count: size * count))
            })
        options.note(ccurl_set_seek(handle) { _, _, _ in CURL_SEEKFUNC_FAIL })
        options.note(
            ccurl_set_header(handle) { _, size, count, context in
                CurlTransfer.from(context).takeHeader(byteCount: size * count)
                    ? size * count : Int(CURL_WRITEFUNC_ERROR)
            })
        options.note(
            ccurl_set_write(handle) { bytes, size, count, context in
                let part = UnsafeRawBufferPointer(start: bytes, count: size * count)
                return switch CurlTransfer.from(context).takeBody(part) {
                case .taken: part.count
                case .paused: Int(CURL_WRITEFUNC_PAUSE)
                case .refused: Int(CURL_WRITEFUNC_ERROR)
                }
            })
        options.note(
            ccurl_set_open_socket(handle) { _, _, address in
                // A child process that inherits a connection would keep it open after this side gave it up.
                guard let address = address?.pointee else { return -1 }
                return socket(address.family, address.socktype | Int32(SOCK_CLOEXEC.rawValue), address.protocol)
            })
    }

    private static func from(_ context: UnsafeMutableRawPointer?) -> CurlTransfer {
        // Alive: see `setCallbacks`, which put it there.
        Unmanaged<CurlTransfer>.fromOpaque(context!).takeUnretainedValue()
    }

    /// A line break in a key would be a header of its own, a zero byte would cut it.
    private static func refusal(of request: BackendRequest) -> String? {
        func isClean(_ text: String) -> Bool { text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F } }
        if !isClean(request.url) { return "the URL has a blank or a control character in it" }
        if let token = request.bearerToken, !isClean(token) {
            return "the key has a blank or a control character in it"
        }
        if !isClean(request.contentType) || !request.headers.allSatisfy({ isClean($0.name) && isClean($0.value) }) {
            return "a header has a blank or a control character in it"
        }
        return nil
    }

    private static func headerLines(of request: BackendRequest) -> [String] {
        // No `Expect`: a server that does not know it costs a second of waiting.
        var lines = ["Accept: application/json", "Expect:"]
        if request.method == .post { lines.append("Content-Type: \(request.contentType)") }
        if let token = request.bearerToken { lines.append("Authorization: Bearer \(token)") }
        lines += request.headers.map { "\($0.name): \($0.value)" }
        return lines
    }

    private static func list(of lines: [String]) -> UnsafeMutablePointer<curl_slist>? {
        var list: UnsafeMutablePointer<curl_slist>?
        for line in lines {
            guard let longer = curl_slist_append(list, line) else {
                curl_slist_free_all(list)
                return nil
            }
            list = longer
        }
        return list
    }
}

extension Duration {
    /// Rounded up, since libcurl takes 0 for no limit at all; libcurl's longest is 24 days.
    var curlMilliseconds: Int {
        let (seconds, attoseconds) = components
        guard seconds >= 0 else { return 1 }
        guard seconds < 2_000_000 else { return 2_000_000_000 }
        return max(1, Int(seconds) * 1000 + Int((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000))
    }
}
