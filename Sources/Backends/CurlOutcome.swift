/// What a transfer that did not end in a whole answer left behind, and what follows from it: a pure function, since
/// money hangs on it.
struct CurlEvidence: Equatable, Sendable {
    /// Why the transfer was ended from this side.
    enum Stop: Equatable, Sendable {
        case cancelled, closed
        case tooLarge(limitBytes: Int)
        case tooManyHeaders
        /// The file that the answer goes to does not take it.
        case unwritable(String)
    }

    /// The number of a `CURLcode`; these are libcurl's ABI and are never renumbered. 0 with a `stop`: no code yet.
    var code: UInt32
    /// libcurl was about to send: the connection stood, with TLS and through the proxy (CURLOPT_PREREQFUNCTION), or
    /// asked for the body. Before that no byte of the request can have left; CURLINFO_REQUEST_SIZE could not tell,
    /// because it also counts what is said to a proxy.
    var requestBegan: Bool
    /// A header line of the answer was seen.
    var answerBegan: Bool
    var stop: Stop?
    /// libcurl's own words, see `detail(said:inGeneral:)`.
    var detail: String

    /// What libcurl said of this transfer, for a log. It names hosts and ports, never headers or bodies; but it quotes
    /// a proxy's URL that it cannot read, and that may hold a password: then only what the code means in general.
    static func detail(said: String, inGeneral: String) -> String {
        said.isEmpty || said.contains("://") || said.contains("@") ? inGeneral : said
    }

    /// Not sent only where nothing can have left; in doubt it is unknown.
    var result: BackendResult {
        let trouble = BackendTrouble(kind: kind, message: message)
        return requestBegan ? .unknown(trouble) : .notSent(trouble)
    }

    private var kind: BackendTrouble.Kind {
        switch stop {
        case .cancelled, .closed: return .cancelled
        case .tooLarge, .tooManyHeaders: return .tooLarge
        case .unwritable: return .other
        case nil: break
        }
        return switch code {
        case 5, 6: .resolve
        case 7, 97: .connect
        case 35, 51, 53, 54, 58, 59, 60, 64, 66, 77, 80, 82, 83, 90, 91, 98: .tls
        case 28: .timeout
        case 18, 61: .cutAnswer
        // Whatever breaks an established proxy connection before the request goes out (a refused CONNECT is 56).
        case 16, 42, 52, 55, 56, 65, 92, 95: !requestBegan ? .connect : answerBegan ? .cutAnswer : .reset
        default: .other
        }
    }

    var message: String {
        switch stop {
        case .cancelled: "given up: the task was cancelled\(reach)"
        case .closed: "given up: the backend was closed\(reach)"
        case .tooLarge(let limit): "the answer is larger than the limit of \(limit) bytes"
        case .tooManyHeaders: "the answer's headers are larger than the limit of \(CurlProgress.headerLimitBytes) bytes"
        case .unwritable(let reason): "the answer cannot be kept: \(reason)"
        case nil: "\(words)\(reach): \(detail) (libcurl \(code))"
        }
    }

    private var words: String {
        switch kind {
        case .resolve: "no address"
        case .connect: "no connection"
        case .tls: "no trusted TLS connection"
        case .timeout: "out of time"
        case .reset: "the connection went away"
        case .cutAnswer: "the answer was cut short or damaged"
        case .tooLarge, .cancelled, .other: "the transfer failed"
        }
    }

    private var reach: String {
        !requestBegan ? " before the request was sent" : answerBegan ? " during the answer" : " before an answer came"
    }
}

/// For an attempt that never became a transfer.
extension BackendResult {
    static func unsent(_ stop: CurlEvidence.Stop) -> BackendResult {
        CurlEvidence(code: 0, requestBegan: false, answerBegan: false, stop: stop, detail: "").result
    }

    static func unsent(because reason: String) -> BackendResult {
        .notSent(BackendTrouble(kind: .other, message: "not sent: \(reason)"))
    }
}
