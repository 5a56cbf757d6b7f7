/// How one attempt ended, as far as the books and the next step depend on it.
package enum AttemptEnding: Equatable, Sendable {
    /// A whole answer of status 2xx that reads as an answer.
    case answered
    /// A whole answer of status 2xx that does not: HTML, cut JSON, an error object inside.
    case unreadable
    case status(Int, code: String?, retryAfter: Duration?)
    /// Provably no byte left: nothing can have been billed.
    case notSent(String)
    /// Sent, at least in part, and no whole answer seen.
    case unknown(String)

    /// A status that says nothing about the request: it may be answered another time.
    package var isServerFault: Bool {
        switch self {
        case .status(let status, _, _): [409, 425].contains(status) || status >= 500
        case .answered, .unreadable, .notSent, .unknown: false
        }
    }

    /// A status by which a server says that it has more than it can take, and not for how long.
    package var isOverload: Bool {
        guard case .status(let status, let code, let retryAfter) = self else { return false }
        return status == 429 ? retryAfter == nil && code != AttemptStep.quotaCode : [503, 529].contains(status)
    }

    /// How long the server wants no request, whichever: a 429 that says so. A missing quota is no matter of time.
    package var closesFor: Duration? {
        guard case .status(429, let code, let retryAfter?) = self, code != AttemptStep.quotaCode else { return nil }
        return min(retryAfter, RetryPolicy.longestRetryAfter)
    }
}

/// What is to be done after an attempt.
package enum AttemptStep: Equatable, Sendable {
    case answered
    /// The line failed; what it says is in the response, or in `code` and `message` where there is none.
    case failed(code: String, message: String)
    /// Again after a pause, on the same money: the attempt was not billed.
    case again(after: Duration)
    /// The money of this attempt is gone: again only under a new reservation, after a pause.
    case againWithNewMoney(after: Duration, reason: String)
    /// The money of this attempt is gone, and it was the last.
    case failedUnknown(code: String, message: String)
    /// Not the line's fault: the endpoint takes nothing now. The line stays unsent.
    case endpointTrouble(String)
}

extension AttemptStep {
    /// A trouble of its own: a person has to pay, or to raise a limit.
    package static let outOfQuota = AttemptStep.endpointTrouble(quotaReason)
    package static let quotaReason = "its account is out of quota (\(quotaCode))"
    static let quotaCode = "insufficient_quota"
}

extension RetryPolicy {
    /// Decides the next step, as a pure function.
    ///
    /// An error status was answered by the server, and providers bill completions only: it costs nothing. Three are
    /// written by a proxy that did not see the end (408, 502, 504): there the cost is unknown.
    /// - Parameters:
    ///   - attempt: attempts made for this line, this one included.
    ///   - isProbe: its endpoint is in trouble, and was asked whether it still is: what says so is not tried again.
    ///   - random: uniform in 0..<1, for the jitter.
    package func step(
        after ending: AttemptEnding, attempt: Int, isProbe: Bool = false, random: Double
    ) -> AttemptStep {
        let isLast = attempt >= attempts
        func pause(_ retryAfter: Duration? = nil) -> Duration {
            self.pause(afterAttempt: attempt, retryAfter: retryAfter, random: random)
        }
        func unknown(_ code: String, _ message: String) -> AttemptStep {
            isLast ? .failedUnknown(code: code, message: message) : .againWithNewMoney(after: pause(), reason: message)
        }
        switch ending {
        case .answered:
            return .answered
        case .unreadable:
            return unknown("unreadable_answer", "the answer is no JSON of the expected form")
        case .unknown(let reason):
            return unknown("no_answer", reason)
        case .notSent(let reason):
            return isLast || isProbe ? .endpointTrouble(reason) : .again(after: pause())
        case .status(let status, let code, let retryAfter):
            switch status {
            case 401, 403:
                return .endpointTrouble("it answers \(status) to our key: check api_key in models.toml")
            case 402:
                return .endpointTrouble("it answers 402: the account has to be paid")
            case 429 where code == AttemptStep.quotaCode:
                return .outOfQuota
            case 408, 502, 504:
                return unknown("http_\(status)", "status \(status): a proxy saw no end of the request")
            case 429, 503, 529:
                return isLast || isProbe
                    ? .endpointTrouble("it goes on answering \(status)") : .again(after: pause(retryAfter))
            case _ where ending.isServerFault:
                return isLast
                    ? .failed(code: "http_\(status)", message: "status \(status) in each of \(attempt) attempts")
                    : .again(after: pause(retryAfter))
            default:
                return .failed(code: "http_\(status)", message: "status \(status)")
            }
        }
    }
}
