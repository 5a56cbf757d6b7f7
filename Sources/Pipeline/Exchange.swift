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
    /// Until it is booked its bytes are in memory.
    private let hold: AnswerHold?

    /// - Parameters:
    ///   - url: the line's. Where the request was translated, its answer is translated back.
    ///   - time: stands in an answer that was translated.
    init(result: BackendResult, url: RequestURL, request: OutgoingRequest, at time: Timestamp) {
        self.request = request
        let reply: BackendResponse? = if case .response(let reply) = result { reply } else { nil }
        (report, hold) = (reply?.rates, reply?.hold)
        isLate = if case .unknown(let trouble) = result { trouble.kind == .timeout } else { false }
        switch result {
        case .notSent(let trouble):
            ending = .notSent(trouble.message)
            (answer, response) = (nil, nil)
        case .unknown(let trouble):
            ending = .unknown(trouble.message)
            (answer, response) = (nil, nil)
        case .response(let reply):
            let body =
                request.url == url
                ? reply.body : MessagesToChat.body(reply.body, created: time.milliseconds / 1000) ?? reply.body
            let parsed = 200..<300 ~= reply.status ? ParsedAnswer(body: body.span, url: url) : nil
            answer = parsed
            response = ResponseMember.bytes(status: reply.status, requestID: reply.requestID ?? "", body: body)
            if 200..<300 ~= reply.status {
                ending = parsed == nil ? .unreadable : .answered
            } else if Self.isOutOfCredit(reply) {
                ending = .status(402, code: nil, retryAfter: nil)
            } else {
                ending = .status(reply.status, code: Self.errorCode(reply.body), retryAfter: reply.retryAfter)
            }
        }
    }

    /// No answer of its own: a batch says of a line why it has none.
    init(without ending: AttemptEnding, request: OutgoingRequest) {
        self.request = request
        self.ending = ending
        (answer, response, report, hold, isLate) = (nil, nil, nil, nil, false)
    }

    /// Anthropic answers 400 where the account has to be paid: no line is to fail for that.
    private static func isOutOfCredit(_ reply: BackendResponse) -> Bool {
        guard reply.status == 400 else { return false }
        do throws(JSONError) {
            let message = try JSONValue(parsing: reply.body)["error"]?["message"]?.string
            return message?.hasPrefix("Your credit balance is too low") ?? false
        } catch { return false }
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
