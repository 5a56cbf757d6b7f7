package import BatchCore
import Glibc

/// One rule of a script: which requests it is for, how many of them it takes, and what they get.
package struct SimulatorRule: Equatable, Sendable {
    /// Bytes that must occur in the body as it was sent (before JSON unescaping); nil: any body.
    package var match: String?
    /// The exact path; nil: any.
    package var url: String?
    /// Takes every Nth of the requests that it is for.
    package var every: Int?
    /// Takes only from the first N of the requests that it is for.
    package var first: Int?
    /// Takes N requests in all.
    package var times: Int?
    /// `every`, `first` and `times` count each distinct body for itself. So "each request fails once, then succeeds"
    /// is the same in whatever order concurrent requests arrive.
    package var eachBody = false

    package var status = 200
    /// The Retry-After header as it stands: seconds, a date, or nonsense.
    package var retryAfter: String?
    package var delay: Duration = .zero
    package var finishReason: String?
    package var content = Content.chosen
    package var usage = Usage.counted
    /// Goes out instead of the answer, byte for byte.
    package var body: String?
    package var headers: [SimulatedAnswer.Header] = []
    package var ending = SimulatedAnswer.Ending.whole

    package init() {}

    package enum Content: Equatable, Sendable {
        /// By the digest of the request.
        case chosen
        case text(String)
        case null
    }

    package enum Usage: Equatable, Sendable {
        case counted, missing, zero
        /// Stands in the answer as it is, true or not.
        case scripted(JSONValue)
    }

    func finishReason(of text: AnswerText) -> String {
        finishReason ?? (text.isCutShort ? "length" : "stop")
    }

    func isFor(_ request: SimulatedRequest) -> Bool {
        if let url, url != request.path { return false }
        guard let match else { return true }
        return request.body.contains(subsequence: Array(match.utf8))
    }

    /// - Parameter count: how many requests of its kind the rule has seen and taken; brought up to date.
    func takes(_ count: inout RuleCount) -> Bool {
        count.seen += 1
        if let every, count.seen % every != 0 { return false }
        if let first, count.seen > first { return false }
        if let times, count.taken >= times { return false }
        count.taken += 1
        return true
    }
}

/// How many requests a rule was for, and how many of them it took.
package struct RuleCount: Equatable, Sendable {
    package var seen = 0
    package var taken = 0

    package init() {}
}

extension [UInt8] {
    /// Whether `needle` occurs in one piece; the empty one always does.
    func contains(subsequence needle: [UInt8]) -> Bool {
        guard let head = needle.first else { return true }
        // memchr and memcmp stay within the `left` bytes at `start`, and the buffers live as long as the closures. A
        // loop in Swift takes a microsecond a byte in debug builds, in which the tests run.
        return withUnsafeBytes { hay in
            needle.withUnsafeBytes { needle in
                var (start, left) = (hay.baseAddress, hay.count)
                while let from = start, left >= needle.count {
                    guard let found = memchr(from, Int32(head), left - needle.count + 1) else { return false }
                    if memcmp(found, needle.baseAddress!, needle.count) == 0 { return true }
                    left -= UnsafeRawPointer(found) - from + 1
                    start = UnsafeRawPointer(found) + 1
                }
                return false
            }
        }
    }
}
