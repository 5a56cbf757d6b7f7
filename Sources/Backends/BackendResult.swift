package import BatchCore

/// What is known after an exchange. The distinction is about money: may the server have read, and so may bill, the
/// request?
package enum BackendResult: Equatable, Sendable {
    /// A whole answer, whatever its status.
    case response(BackendResponse)
    /// Provably no byte of the request left: it cannot be billed, and trying again costs nothing.
    case notSent(BackendTrouble)
    /// The request, or part of it, may have been read, and no whole answer came: it counts as spent.
    case unknown(BackendTrouble)
}

/// A whole HTTP answer.
package struct BackendResponse: Equatable, Sendable {
    /// 100 to 999, as sent. A redirect is an answer: it is not followed.
    package var status: Int
    /// Decompressed; JSON only if the server kept its word.
    package var body: [UInt8]
    /// How long the server asks to wait, see `RetryAfter`.
    package var retryAfter: Duration?
    /// `x-request-id`, else `request-id` (Anthropic): what the provider's support asks for.
    package var requestID: String?
    package var contentType: String?
    /// What the server says that it still takes; nil: it says nothing.
    package var rates: RateReport?
    /// What it takes of the room for answers, as long as somebody has it.
    package var hold = AnswerHold()

    package init(
        status: Int, body: [UInt8], retryAfter: Duration? = nil, requestID: String? = nil, contentType: String? = nil,
        rates: RateReport? = nil
    ) {
        self.status = status
        self.body = body
        self.retryAfter = retryAfter
        self.requestID = requestID
        self.contentType = contentType
        self.rates = rates
    }
}
