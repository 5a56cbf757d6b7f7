/// How much an endpoint answered while a number of requests was in flight: sums over the answers of a window.
///
/// By Little's law the throughput is the number in flight by the mean time of an answer. Answers differ in length by
/// a factor of ten; so a window is long enough for the mean to be known, however much they do.
struct AnswerRate: Sendable {
    /// The relative standard error under which a rate is known.
    private static let knownWithin = 0.05
    /// Whatever they are like, as many are enough.
    private static let mostAnswers = 1000
    private static let fewestAnswers = 16

    private let begun: (busy: Double, at: Double)
    private var ended: (busy: Double, at: Double)
    private(set) var count = 0
    private var seconds = 0.0
    private var secondsSquared = 0.0
    private var tokens = 0.0
    private var tokensSquared = 0.0
    private var tokenSeconds = 0.0

    /// - Parameters:
    ///   - busy: the seconds of all requests together until now.
    ///   - time: now, in seconds.
    init(busy: Double, at time: Double) {
        begun = (busy, time)
        ended = begun
    }

    mutating func add(seconds: Double, tokens: Int, busy: Double, at time: Double) {
        let tokens = Double(tokens)
        count += 1
        ended = (busy, time)
        self.seconds += seconds
        secondsSquared += seconds * seconds
        self.tokens += tokens
        tokensSquared += tokens * tokens
        tokenSeconds += tokens * seconds
    }

    /// Requests in flight on average.
    var meanAtOnce: Double { ended.at > begun.at ? (ended.busy - begun.busy) / (ended.at - begun.at) : 0 }

    /// - Parameter byTokens: tokens a second; else answers.
    func perSecond(byTokens: Bool) -> Double {
        guard seconds > 0 else { return 0 }
        return meanAtOnce * (byTokens ? tokens : Double(count)) / seconds
    }

    /// Does the time of an answer go with its tokens, so that their number is better known than that of the answers?
    var isBetterByTokens: Bool { tokens > 0 && error(byTokens: true) < error(byTokens: false) }

    /// After two round trips and more: answers may come all at once.
    func isKnown(byTokens: Bool) -> Bool {
        guard count >= Self.fewestAnswers, ended.at - begun.at >= 2 * seconds / Double(count) else { return false }
        return count >= Self.mostAnswers || error(byTokens: byTokens) <= Self.knownWithin
    }

    /// Of a ratio of sums, relative (Cochran, Sampling Techniques, §6.4).
    private func error(byTokens: Bool) -> Double {
        let sum = byTokens ? tokens : Double(count)
        guard sum > 0, seconds > 0 else { return .infinity }
        let (squares, products) = byTokens ? (tokensSquared, tokenSeconds) : (Double(count), seconds)
        let ratio = sum / seconds
        return max(0, squares - 2 * ratio * products + ratio * ratio * secondsSquared).squareRoot() / sum
    }
}
