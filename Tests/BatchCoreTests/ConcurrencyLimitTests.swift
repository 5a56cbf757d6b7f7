import BatchCore
import Testing

@Suite("As many requests are in flight as an endpoint can take, and never none")
struct ConcurrencyLimitTests {
    private typealias Pass = ConcurrencyLimit.Pass

    private let start = ContinuousClock.now

    /// All that may be in flight, beside what is.
    private func fill(_ limit: inout ConcurrencyLimit, _ most: Int = 1000) -> [Pass] {
        var passes: [Pass] = []
        while passes.count < most, let pass = limit.begin(at: start) { passes.append(pass) }
        return passes
    }

    /// A round trip: all are answered, and as many as may go.
    private func round(_ limit: inout ConcurrencyLimit, _ passes: [Pass]) -> [Pass] {
        for pass in passes { limit.end(pass, .answered(tokens: 1), at: start) }
        return fill(&limit)
    }

    @Test("at first there is no limit but the ceiling")
    func ceiling() {
        var limit = ConcurrencyLimit(at: start)
        #expect(fill(&limit).count == 1000)
        limit = ConcurrencyLimit(ceiling: 7, at: start)
        let passes = fill(&limit)
        #expect(passes.count == 7)
        limit.end(passes[0], .other, at: start)
        #expect(fill(&limit).count == 1)
        limit.ceiling = 9
        #expect(fill(&limit).count == 2)
    }

    @Test("overload halves what was in flight, once for all that were sent before; one more for each round trip after")
    func overload() {
        var limit = ConcurrencyLimit(at: start)
        let passes = fill(&limit, 64)
        for pass in passes { limit.end(pass, .overloaded, at: start) }
        #expect(limit.current == 32)
        var next = fill(&limit)
        for expected in 33...40 {
            next = round(&limit, next)
            #expect(limit.current == expected && next.count == expected)
        }
        limit.end(next[0], .overloaded, at: start)
        #expect(limit.current == 20)
    }

    @Test("never below one, whatever comes")
    func neverNone() throws {
        var limit = ConcurrencyLimit(ceiling: 3, at: start)
        for _ in 0..<10 {
            let next = limit.begin(at: start)
            let pass = try #require(next)
            limit.end(pass, .overloaded, at: start)
            limit.fall()
            #expect(limit.current == 1)
        }
    }

    @Test("after an outage one is let through, then twice as many with each round trip, up to what it was before")
    func slowStart() {
        var limit = ConcurrencyLimit(ceiling: 20, at: start)
        let before = fill(&limit)
        limit.fall()
        for pass in before { limit.end(pass, .other, at: start) }
        var next = fill(&limit)
        #expect(next.count == 1)
        limit.end(next[0], .other, at: start)
        next = fill(&limit)
        #expect(next.count == 1, "a probe that failed does not open it")
        limit.fall()
        for expected in [2, 4, 8, 16, 20, 20] {
            next = round(&limit, next)
            #expect(next.count == expected)
        }
    }

    @Test("what was sent before an outage does not open it")
    func lateAnswer() {
        var limit = ConcurrencyLimit(at: start)
        let before = fill(&limit, 10)
        limit.fall()
        for pass in before { limit.end(pass, .answered(tokens: 1), at: start) }
        #expect(limit.current == 1)
    }

    @Test("a limit that nobody needs is given up", arguments: [false, true])
    func slack(afterOutage: Bool) {
        var limit = ConcurrencyLimit(at: start)
        let passes = fill(&limit, 64)
        if afterOutage { limit.fall() }
        for pass in passes { limit.end(pass, .overloaded, at: start) }
        #expect(limit.current < 64)
        for _ in 0..<100 {
            for pass in fill(&limit, 3) { limit.end(pass, .answered(tokens: 1), at: start) }
        }
        #expect(limit.current == .max)
    }
}
