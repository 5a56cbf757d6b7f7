/// Looks for the number of requests in flight at which an endpoint answers most: events in, a limit out.
///
/// Throughput is what a batch wants, not latency, which rises with every request that shares a GPU. So the number is
/// looked for at which throughput is highest, by trying numbers (Heiss and Wagner, "Adaptive Load Control in
/// Transaction Processing Systems", VLDB 1991); a gradient of latencies (TCP Vegas, Netflix's concurrency-limits) would
/// give up throughput for it. The search goes down by halves until that loses, then between the best and its
/// neighbours. Where the curve is flat more are taken: a fast local server loses nothing.
struct ConcurrencySearch: Sendable {
    /// Round trips before the first search: most jobs are shorter, and a search costs some of them.
    private static let firstRounds = 20
    /// Answers after a search for each of its own.
    private static let rest = 20
    /// A throughput that is within this share of the best is as good.
    private static let alike = 0.9
    /// A search that halves the number goes on while it keeps this share.
    private static let stillGood = 0.75
    /// Numbers that are no further apart are one.
    private static let apart = 1.15
    /// The fewest in flight at which there is something to be found.
    private static let least = 4

    /// nil: as many as are wanted.
    private var limit: Int?
    private var window: AnswerRate
    /// Answers to requests that may have been sent under another limit.
    private var unsettled = 0
    private var byTokens = false

    private var isLooking = false
    /// What this search has tried, by rising numbers.
    private var tried: [(number: Int, rate: Double)] = []
    /// As many as were wanted when it began, or `nil`.
    private var wanted: Int?
    private var answers = 0
    private var pause = 0
    /// The limit outside of a search.
    private var resting: Int?
    /// Of the last search.
    private var found = (number: 0, rate: 0.0)

    /// - Parameters:
    ///   - limit: `.max`: none.
    ///   - busy, time: as in `AnswerRate`.
    init(limit: Int = .max, busy: Double = 0, at time: Double = 0) {
        self.limit = limit == .max ? nil : limit
        resting = self.limit
        window = AnswerRate(busy: busy, at: time)
    }

    /// - Parameters:
    ///   - seconds: that the answer took, of so many tokens.
    ///   - atOnce: requests in flight, this one included.
    ///   - busy, time: as in `AnswerRate`.
    /// - Returns: the limit from now on; `.max`: none.
    mutating func note(seconds: Double, tokens: Int, atOnce: Int, busy: Double, at time: Double) -> Int {
        answers += 1
        if unsettled > 0 {
            unsettled -= 1
            if unsettled == 0 { window = AnswerRate(busy: busy, at: time) }
        } else {
            window.add(seconds: seconds, tokens: tokens, busy: busy, at: time)
            if window.isKnown(byTokens: isLooking ? byTokens : window.isBetterByTokens) {
                endWindow(atOnce)
                window = AnswerRate(busy: busy, at: time)
            }
        }
        return limit ?? .max
    }

    /// Forgets what was measured, and goes back to what held before.
    /// - Returns: the limit from now on; `.max`: none.
    mutating func giveUp(busy: Double, at time: Double) -> Int {
        if isLooking { limit = resting }
        (isLooking, answers, unsettled) = (false, 0, 0)
        window = AnswerRate(busy: busy, at: time)
        return limit ?? .max
    }

    private mutating func endWindow(_ atOnce: Int) {
        let number = Int(window.meanAtOnce.rounded())
        if !isLooking {
            guard isDue(number) else { return }
            isLooking = true
            answers = window.count
            byTokens = window.isBetterByTokens
            (tried, wanted) = ([], nil)
        }
        let isFull = limit.map { Double(number) >= Self.alike * Double($0) } ?? true
        // Fewer are wanted than before: nothing can be learned.
        if !isFull, tried.contains(where: { $0.number > number }) {
            pause = max(pause, Self.rest * answers)
            return rest(at: resting, atOnce)
        }
        if limit == nil || !isFull { wanted = number }
        let rate = window.perSecond(byTokens: byTokens)
        tried.removeAll { $0.number == number }
        tried.append((number, rate))
        tried.sort { $0.number < $1.number }
        if let next = next() { change(to: next, atOnce) } else { finish(atOnce) }
    }

    /// Is it time to look, with so many in flight?
    private func isDue(_ number: Int) -> Bool {
        guard number >= Self.least || limit != nil else { return false }
        if let limit, Double(number) < Self.alike * Double(limit) { return false }
        if pause == 0 { return answers >= Self.firstRounds * number }
        if answers >= pause { return true }
        guard answers >= pause / 4 else { return false }
        // It is not as it was.
        let rate = window.perSecond(byTokens: byTokens)
        return rate < found.rate * 0.6 || limit == nil && Double(number) > 1.25 * Double(found.number)
    }

    /// The number to try next; nil: nothing is left to try.
    private func next() -> Int? {
        let place = best
        let (best, most) = tried[place]
        let (lowest, highest) = (tried[0], tried[tried.count - 1])
        if lowest.number > 1, lowest.rate > Self.stillGood * most { return lowest.number / 2 }
        if wanted == nil, highest.rate >= Self.alike * most { return highest.number + max(1, highest.number / 2) }
        if let middle = middle(above: place) { return middle }
        // Beyond a gap there may be another as good, at which the first numbers were too many by a little.
        for other in tried.indices.dropLast() where tried[other].rate > Self.stillGood * most {
            if tried[other + 1].rate < tried[other].rate, let middle = middle(above: other) { return middle }
        }
        if place > 0 {
            let down = tried[place - 1]
            // Where latency is the same below there is no better number between.
            let isLinear = most * Double(down.number) > down.rate * Double(best) / 1.2
            let middle = (down.number + best + 1) / 2
            if !isLinear, Double(best) > Self.apart * Double(down.number), middle < best { return middle }
        }
        return nil
    }

    private func middle(above place: Int) -> Int? {
        guard place + 1 < tried.count else { return nil }
        let (number, up) = (tried[place].number, tried[place + 1].number)
        let middle = (number + up) / 2
        return Double(up) > Self.apart * Double(number) && middle > number ? middle : nil
    }

    /// Of what is as good as the best the lowest, and from there up as long as it stays as good.
    private var best: Int {
        let enough = Self.alike * (tried.map(\.rate).max() ?? 0)
        var place = tried.firstIndex { $0.rate >= enough } ?? 0
        while place + 1 < tried.count, tried[place + 1].rate >= enough { place += 1 }
        return place
    }

    private mutating func finish(_ atOnce: Int) {
        let (number, rate) = tried[best]
        // One that finds the same again was hardly needed.
        let isSame = Double(abs(number - found.number)) <= 0.15 * Double(number)
        let shortest = Self.rest * answers
        pause = isSame ? min(2 * max(pause, shortest), 8 * shortest) : shortest
        found = (number, rate)
        rest(at: wanted.map { number >= $0 } ?? false ? nil : number, atOnce)
    }

    private mutating func rest(at limit: Int?, _ atOnce: Int) {
        resting = limit
        (isLooking, answers) = (false, 0)
        change(to: limit, atOnce)
    }

    private mutating func change(to limit: Int?, _ atOnce: Int) {
        guard limit != self.limit else { return }
        self.limit = limit
        // What is in flight, and then a round trip, in which the server comes to its new pace.
        unsettled = atOnce - 1 + (limit ?? max(atOnce, wanted ?? 0))
    }
}
