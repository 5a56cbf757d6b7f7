import BatchCore
import Testing

@Suite("What a server says that it still takes is obeyed until its reset")
struct RateReportTests {
    private let start = ContinuousClock.now

    private func goes(_ window: inout RateWindow, worstCase: Int = 0, at seconds: Double = 0) -> Bool {
        if case .go = window.ask(worstCase: worstCase, at: start + .seconds(seconds)) { true } else { false }
    }

    private func report(_ left: Int, _ reset: Double) -> RateReport.Remaining {
        RateReport.Remaining(left: left, reset: .seconds(reset))
    }

    @Test("so many requests, then none before the reset, and then as ever")
    func requests() {
        var window = RateWindow(at: start)
        window.tell(RateReport(requests: report(2, 30)), at: start)
        #expect(goes(&window) && goes(&window) && !goes(&window))
        #expect(window.passFreely(worstCase: 0, at: start) == nil)
        #expect(window.ask(worstCase: 0, at: start) == .wait(until: start + .seconds(30)))
        #expect(!goes(&window, at: 29.9) && goes(&window, at: 30) && goes(&window, at: 30))
    }

    @Test("so many tokens, by what such requests take")
    func tokens() {
        var window = RateWindow(at: start)
        window.tell(RateReport(tokens: report(1000, 30)), at: start)
        #expect(goes(&window, worstCase: 600) && !goes(&window, worstCase: 600) && goes(&window, worstCase: 400))
        #expect(goes(&window, worstCase: 600, at: 30))
    }

    @Test("a newer word takes the place of an older one, and of requests none is lost that never left")
    func newer() {
        var window = RateWindow(at: start)
        window.tell(RateReport(requests: report(0, 30)), at: start)
        #expect(!goes(&window))
        window.tell(RateReport(requests: report(1, 30), tokens: report(0, 0)), at: start + .seconds(1))
        guard case .go(let pass) = window.ask(worstCase: 5, at: start + .seconds(1)) else {
            Issue.record("it may go")
            return
        }
        #expect(!goes(&window, at: 1))
        window.end(pass, .unsent, at: start + .seconds(1))
        #expect(goes(&window, at: 1))
    }

    @Test("more than by our own count opens nothing, and no reset is further away than an hour")
    func bounds() {
        var window = RateWindow(RateLimits(requestsPerMinute: 1), at: start)
        window.tell(RateReport(requests: report(1000, 30)), at: start)
        #expect(goes(&window) && !goes(&window))
        window = RateWindow(at: start)
        window.tell(RateReport(requests: report(0, 1e6)), at: start)
        #expect(!goes(&window, at: 3599) && goes(&window, at: 3600))
    }
}
