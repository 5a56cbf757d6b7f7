/// How many requests an endpoint is sent at a time: events in, a limit out. It never falls below one.
///
/// - As long as nothing is wrong there is none beside the ceiling; `ConcurrencySearch` finds out whether fewer would be
///   answered faster.
/// - An overload (429 without a time, 503, 529, no answer in time) halves it, once a round trip, and each round trip
///   without one adds a request: additive increase, multiplicative decrease (Chiu and Jain 1989, TCP Reno, RFC 5681).
/// - After an outage it begins at one, the probe, and grows by one with each answer, which doubles it in a round trip:
///   slow start (RFC 5681 §3.1).
package struct ConcurrencyLimit: Sendable {
    package typealias Instant = ContinuousClock.Instant

    /// The permission to have one request in flight. It ends by `end`.
    package struct Pass: Equatable, Sendable {
        /// Seconds since the beginning.
        fileprivate let sentAt: Double
        /// Requests that were sent under one limit are told apart from those that were sent after it fell.
        fileprivate let era: Int
    }

    /// What the end of a request says about the load of the server.
    package enum End: Equatable, Sendable {
        /// - Parameter tokens: of the answer: what most of its time went into. 0: not known.
        case answered(tokens: Int)
        /// More than it can take.
        case overloaded
        /// It takes requests, and this one is wrong: nothing is known of its pace.
        case refused
        /// Nothing.
        case other
    }

    private enum Phase {
        case searching
        /// Up to what it was before an outage.
        case starting(upTo: Int)
        case recovering
    }

    /// What a person allows, `concurrency` of models.toml; nothing: `.max`.
    package var ceiling: Int
    private var limit = Int.max
    private var inFlight = 0
    private let origin: Instant
    /// In seconds, as in `AnswerRate`.
    private var (busy, time) = (0.0, 0.0)
    private var era = 0
    private var phase = Phase.searching
    private var search = ConcurrencySearch()
    /// Under this limit: the most that were in flight, and answers, of which `slack` since it held somebody back.
    private var (most, answers, slack) = (0, 0, 0)

    /// - Parameter hasFailed: the endpoint was in trouble when this began.
    package init(ceiling: Int = .max, hasFailed: Bool = false, at now: Instant) {
        self.ceiling = ceiling
        origin = now
        if hasFailed { fall() }
    }

    /// `.max`: none.
    package var current: Int { min(limit, max(1, ceiling)) }

    /// - Returns: nil: so many are in flight as may be.
    package mutating func begin(at now: Instant) -> Pass? {
        guard inFlight < current else {
            slack = 0
            return nil
        }
        advance(to: now)
        inFlight += 1
        most = max(most, inFlight)
        return Pass(sentAt: time, era: era)
    }

    private mutating func advance(to now: Instant) {
        let new = (now - origin) / .seconds(1)
        busy += Double(inFlight) * (new - time)
        time = new
    }

    package mutating func end(_ pass: Pass, _ end: End, at now: Instant) {
        advance(to: now)
        let atOnce = inFlight
        inFlight -= 1
        switch end {
        case .other: return
        case .overloaded: if pass.era == era { halve(atOnce) }
        case .refused: answered(pass)
        case .answered(let tokens):
            answered(pass)
            guard case .searching = phase else { return }
            limit = search.note(seconds: time - pass.sentAt, tokens: tokens, atOnce: atOnce, busy: busy, at: time)
        }
    }

    private mutating func answered(_ pass: Pass) {
        guard pass.era == era else { return }
        answers += 1
        slack += 1
        switch phase {
        case .searching: return
        case .starting(let before):
            limit += 1
            // Twice of what is wanted: it is no limit any more.
            if limit >= before || limit > 2 * most + 8 { settle(at: before) }
        case .recovering:
            if slack >= 2 * limit || limit >= ceiling { return settle(at: .max) }
            guard answers >= limit else { return }
            limit += 1
            answers = 0
        }
    }

    /// The endpoint takes nothing now: the next request is a probe.
    package mutating func fall() {
        if case .starting = phase {
            if limit == 1 { return }
        } else {
            phase = .starting(upTo: limit)
        }
        change(to: 1)
    }

    /// A request was held back for another reason: what is measured meanwhile is not the pace of the server.
    package mutating func heldBack(at now: Instant) {
        guard case .searching = phase else { return }
        advance(to: now)
        limit = search.giveUp(busy: busy, at: time)
    }

    private mutating func halve(_ atOnce: Int) {
        phase = .recovering
        change(to: max(1, min(limit, atOnce) / 2))
    }

    private mutating func settle(at limit: Int) {
        phase = .searching
        search = ConcurrencySearch(limit: limit, busy: busy, at: time)
        change(to: limit)
    }

    private mutating func change(to limit: Int) {
        self.limit = limit
        era += 1
        (most, answers, slack) = (inFlight, 0, 0)
    }
}
