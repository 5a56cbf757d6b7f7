/// What an endpoint was sent in the last minute, and whether it may be sent more: events in, decisions out.
///
/// No more than the limits goes out in any 60 seconds, wherever they begin. So it does not matter whether the server
/// counts by the minute of its clock, by a sliding window or by a bucket that fills up. A request counts from when it
/// may go, as servers do that turn away at the door. Its tokens count there too: while it is in flight, by what such
/// requests have taken so far; then by its usage. What is in flight counts however long it takes.
package struct RateWindow: Sendable {
    package typealias Instant = ContinuousClock.Instant

    /// The permission to send one request. It ends by `end`.
    package struct Pass: Equatable, Sendable {
        fileprivate let bucket: Int
        fileprivate let worstCase: Int
    }

    package enum Decision: Equatable, Sendable {
        case go(Pass)
        /// - Parameter until: when to ask again at the latest; nil: when something in flight ends. An end may make room
        ///   sooner in any case.
        case wait(until: Instant?)
    }

    /// What became of a request, as far as the server counts.
    package enum End: Equatable, Sendable {
        case used(tokens: Int)
        /// No usage is known: the worst case counts.
        case unknown
        /// Answered with an error: it was a request, and took no token.
        case unbilled
        /// No byte of it left.
        case unsent
    }

    private struct Told {
        var left: Int
        let until: Instant
    }

    private struct Bucket {
        var requests = 0
        var tokens = 0
    }

    /// The log is kept by tenths of a second, so its size does not depend on the limits.
    private static let tenth = Duration.milliseconds(100)
    /// 61 seconds, and the tenth that has begun: a second is what a request may be longer on its way than a later one.
    private static let kept = 611

    package var limits: RateLimits
    private let origin: Instant
    /// The tenths since `origin` up to `newest`, each at its number modulo `kept`.
    private var buckets = [Bucket](repeating: Bucket(), count: kept)
    private var newest = 0
    private var total = Bucket()
    /// In flight; its tokens are worst cases.
    private var inFlight = Bucket()
    private var share = TokenShare()
    private var closedUntil: Instant?
    /// What the server said that it still takes, less what was sent since, and until when that holds.
    private var told: (requests: Told?, tokens: Told?) = (nil, nil)

    package init(_ limits: RateLimits = RateLimits(), at now: Instant) {
        self.limits = limits
        origin = now
    }

    /// As `ask`, where there is no limit and the server has not asked for a pause; nil: there is one, or it has.
    package mutating func passFreely(worstCase: Int, at now: Instant) -> Pass? {
        guard limits == RateLimits(), case .go(let pass) = ask(worstCase: worstCase, at: now) else { return nil }
        return pass
    }

    /// - Parameter worstCase: the tokens that it cannot exceed.
    package mutating func ask(worstCase: Int, at now: Instant) -> Decision {
        advance(to: now)
        if let closedUntil, now < closedUntil { return .wait(until: closedUntil) }
        let tokens = share.expected(of: 1, worstCases: worstCase)
        for (told, needed) in [(told.requests, 1), (told.tokens, tokens)] {
            if let told, now < told.until, told.left < needed { return .wait(until: told.until) }
        }
        let missing = missing(for: worstCase)
        if missing.requests > 0 || missing.tokens > 0 { return .wait(until: instant(freeing: missing)) }
        add(Bucket(requests: 1), to: newest)
        inFlight.requests += 1
        inFlight.tokens += worstCase
        told.requests?.left -= 1
        told.tokens?.left -= tokens
        return .go(Pass(bucket: newest, worstCase: worstCase))
    }

    package mutating func end(_ pass: Pass, _ end: End, at now: Instant) {
        advance(to: now)
        inFlight.requests -= 1
        inFlight.tokens -= pass.worstCase
        switch end {
        case .used(let tokens):
            add(Bucket(tokens: tokens), to: pass.bucket)
            share.note(tokens, of: pass.worstCase)
        case .unknown: add(Bucket(tokens: pass.worstCase), to: pass.bucket)
        case .unbilled: break
        case .unsent:
            add(Bucket(requests: -1), to: pass.bucket)
            told.requests?.left += 1
        }
    }

    /// The server has said what it still takes. Where that is less than by the limits, it holds until its reset, an
    /// hour at most. What was in flight is taken to be in its count.
    package mutating func tell(_ report: RateReport, at now: Instant) {
        func told(_ remaining: RateReport.Remaining?) -> Told? {
            remaining.map { Told(left: $0.left, until: now + min($0.reset, RetryPolicy.longestRetryAfter)) }
        }
        if let requests = told(report.requests) { self.told.requests = requests }
        if let tokens = told(report.tokens) { self.told.tokens = tokens }
    }

    /// The server has said that it takes nothing before `instant`.
    package mutating func close(until instant: Instant) {
        closedUntil = max(closedUntil ?? instant, instant)
    }

    /// What must become free before a request may go; nothing above zero: it may.
    private func missing(for worstCase: Int) -> Bucket {
        var missing = Bucket()
        if let limit = limits.requestsPerMinute { missing.requests = total.requests + 1 - limit }
        if let limit = limits.tokensPerMinute {
            var expected = share.expected(of: inFlight.requests + 1, worstCases: inFlight.tokens + worstCase)
            // What could never go goes alone, once half of the limit is free: the server says whether it takes it.
            if inFlight.requests == 0, expected > limit { expected = limit / 2 }
            missing.tokens = total.tokens + expected - limit
        }
        return missing
    }

    /// When enough of the log will be over; nil: all of it is not enough.
    private func instant(freeing missing: Bucket) -> Instant? {
        var missing = missing
        for number in max(0, newest - Self.kept + 1)...newest {
            missing.requests -= buckets[number % Self.kept].requests
            missing.tokens -= buckets[number % Self.kept].tokens
            if missing.requests <= 0, missing.tokens <= 0 { return origin + Self.tenth * (number + Self.kept) }
        }
        return nil
    }

    private mutating func add(_ change: Bucket, to number: Int) {
        guard number > newest - Self.kept else { return }
        buckets[number % Self.kept].requests += change.requests
        buckets[number % Self.kept].tokens += change.tokens
        total.requests += change.requests
        total.tokens += change.tokens
    }

    /// Forgets what is over.
    private mutating func advance(to now: Instant) {
        let number = Int((now - origin) / Self.tenth)
        if number >= newest + Self.kept {
            (buckets, total, newest) = ([Bucket](repeating: Bucket(), count: Self.kept), Bucket(), number)
        }
        while newest < number {
            newest += 1
            total.requests -= buckets[newest % Self.kept].requests
            total.tokens -= buckets[newest % Self.kept].tokens
            buckets[newest % Self.kept] = Bucket()
        }
    }
}
