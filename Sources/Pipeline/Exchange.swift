import Backends
import BatchCore

/// What came back for one request, read once: for the next step, the books and the output line.
struct Exchange: Sendable {
    let ending: AttemptEnding
    let answer: ParsedAnswer?
    /// The response member of the output line; nil: no response came.
    let response: [UInt8]?
    let request: OutgoingRequest
    private let isLate: Bool
    private let report: RateReport?

    init(result: BackendResult, url: RequestURL, request: OutgoingRequest) {
        self.request = request
        report = if case .response(let reply) = result { reply.rates } else { nil }
        isLate = if case .unknown(let trouble) = result { trouble.kind == .timeout } else { false }
        switch result {
        case .notSent(let trouble):
            ending = .notSent(trouble.message)
            (answer, response) = (nil, nil)
        case .unknown(let trouble):
            ending = .unknown(trouble.message)
            (answer, response) = (nil, nil)
        case .response(let reply):
            let parsed = 200..<300 ~= reply.status ? ParsedAnswer(body: reply.body.span, url: url) : nil
            answer = parsed
            response = ResponseMember.bytes(status: reply.status, requestID: reply.requestID ?? "", body: reply.body)
            if 200..<300 ~= reply.status {
                ending = parsed == nil ? .unreadable : .answered
            } else {
                ending = .status(reply.status, code: Self.errorCode(reply.body), retryAfter: reply.retryAfter)
            }
        }
    }

    /// What its endpoint counts of it.
    /// - Parameter load: nil: as the ending says.
    func end(_ rate: RateWindow.End, _ load: ConcurrencyLimit.End? = nil) -> EndpointTraffic.End {
        let load = load ?? (isLate || ending.isOverload ? .overloaded : .other)
        return EndpointTraffic.End(rate: rate, load: load, report: report)
    }

    /// `error.code` or `error.type`: a string at OpenAI, an integer at llama.cpp.
    private static func errorCode(_ body: [UInt8]) -> String? {
        let value: JSONValue
        do { value = try JSONValue(parsing: body) } catch { return nil }
        let error = value["error"]
        return error?["code"]?.string ?? error?["type"]?.string ?? error?["code"]?.int.map(String.init)
    }
}
