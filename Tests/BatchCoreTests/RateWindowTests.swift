import BatchCore
import Testing

@Suite("What an endpoint may be sent is decided by what it was sent in the last minute")
struct RateWindowTests {
    private let start = ContinuousClock.now

    /// How many of `count` requests may go at once.
    private func goes(_ count: Int, _ window: inout RateWindow, worstCase: Int = 0, at seconds: Double = 0) -> Int {
        (0..<count).count { _ in pass(&window, worstCase: worstCase, at: seconds) != nil }
    }

    private func pass(_ window: inout RateWindow, worstCase: Int = 0, at seconds: Double = 0) -> RateWindow.Pass? {
        guard case .go(let pass) = window.ask(worstCase: worstCase, at: start + .seconds(seconds)) else { return nil }
        return pass
    }

    /// Seconds from the start to the time at which to ask again; nil: when something ends.
    private func wait(_ window: inout RateWindow, worstCase: Int = 0, at seconds: Double = 0) -> Double? {
        guard case .wait(let instant?) = window.ask(worstCase: worstCase, at: start + .seconds(seconds)) else {
            return nil
        }
        return (instant - start) / .seconds(1)
    }

    @Test("without limits everything goes")
    func unlimited() {
        var window = RateWindow(at: start)
        #expect(goes(10_000, &window, worstCase: 1_000_000) == 10_000)
    }

    @Test("requests of a minute, and when the next may go")
    func requests() throws {
        var window = RateWindow(RateLimits(requestsPerMinute: 3), at: start)
        #expect(goes(2, &window) == 2 && goes(9, &window, at: 30) == 1)
        let until = try #require(wait(&window, at: 30))
        #expect(61...61.2 ~= until && goes(9, &window, at: until - 0.01) == 0 && goes(9, &window, at: until) == 2)
        #expect(goes(9, &window, at: 10_000) == 3, "a long silence is forgotten at once")
    }

    @Test("tokens in flight count at their worst case, then by their usage")
    func tokens() throws {
        var window = RateWindow(RateLimits(tokensPerMinute: 1000), at: start)
        let first = try #require(pass(&window, worstCase: 600))
        #expect(pass(&window, worstCase: 600) == nil && wait(&window, worstCase: 600) == nil)
        window.end(first, .used(tokens: 300), at: start + .seconds(1))
        let second = try #require(pass(&window, worstCase: 700, at: 1))
        window.end(second, .unknown, at: start + .seconds(2))
        #expect(pass(&window, worstCase: 1, at: 2) == nil)
        #expect(pass(&window, worstCase: 300, at: 61.1) != nil, "300 of the first are over")
    }

    @Test("an error takes no token, and what never left no request")
    func free() throws {
        var window = RateWindow(RateLimits(requestsPerMinute: 2, tokensPerMinute: 100), at: start)
        let first = try #require(pass(&window, worstCase: 100))
        window.end(first, .unbilled, at: start)
        let second = try #require(pass(&window, worstCase: 100))
        #expect(pass(&window) == nil)
        window.end(second, .unsent, at: start)
        #expect(goes(2, &window) == 1)
    }

    @Test("what is in flight counts when its minute is over")
    func long() throws {
        var window = RateWindow(RateLimits(tokensPerMinute: 100), at: start)
        let slow = try #require(pass(&window, worstCase: 80))
        #expect(pass(&window, worstCase: 30, at: 300) == nil)
        window.end(slow, .used(tokens: 80), at: start + .seconds(301))
        #expect(pass(&window, worstCase: 30, at: 301) != nil)
    }

    @Test("once twenty have ended, those in flight are expected to take what such requests take")
    func learned() throws {
        var window = RateWindow(RateLimits(tokensPerMinute: 1000), at: start)
        for _ in 0..<20 {
            let pass = try #require(pass(&window, worstCase: 400))
            window.end(pass, .used(tokens: 20), at: start)
        }
        // 400 are used, and each is expected to take 20 of its 400.
        #expect(goes(100, &window, worstCase: 400) == 30)
    }

    @Test("what can never fit goes alone, once half of the limit is free")
    func alone() throws {
        var window = RateWindow(RateLimits(tokensPerMinute: 100), at: start)
        let small = try #require(pass(&window, worstCase: 60))
        #expect(pass(&window, worstCase: 500) == nil)
        window.end(small, .used(tokens: 60), at: start)
        #expect(pass(&window, worstCase: 500) == nil)
        let large = try #require(pass(&window, worstCase: 500, at: 61.2))
        #expect(pass(&window, worstCase: 1, at: 61.2) == nil)
        window.end(large, .used(tokens: 50), at: start + .seconds(62))
        #expect(pass(&window, worstCase: 500, at: 62) != nil)
    }

    @Test("closed by the server, it stays so until the latest time that was said")
    func closed() throws {
        var window = RateWindow(at: start)
        window.close(until: start + .seconds(7))
        window.close(until: start + .seconds(3))
        #expect(wait(&window, at: 6.9) == 7 && pass(&window, at: 7) != nil)
    }

    @Test("other limits hold at once, for what was sent under the old ones too")
    func changed() {
        var window = RateWindow(at: start)
        #expect(goes(5, &window) == 5)
        window.limits.requestsPerMinute = 7
        #expect(goes(9, &window) == 2)
        window.limits.requestsPerMinute = 3
        #expect(goes(9, &window, at: 30) == 0 && goes(9, &window, at: 62) == 3)
    }
}
