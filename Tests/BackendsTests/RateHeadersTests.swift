import Backends
import BatchCore
import Testing

@Suite("What a server says that it still takes is understood, and nonsense is nothing")
struct RateHeadersTests {
    private func report(_ headers: [String: String], now: Int64 = 0) -> RateReport? {
        RateHeaders.report(now: { now }, header: { headers[$0] })
    }

    private func remaining(_ left: Int, _ reset: Duration) -> RateReport.Remaining {
        RateReport.Remaining(left: left, reset: reset)
    }

    @Test("none")
    func none() {
        #expect(report([:]) == nil)
    }

    @Test("as OpenAI writes them")
    func openAI() {
        let headers = [
            "x-ratelimit-limit-requests": "60", "x-ratelimit-limit-tokens": "150000",
            "x-ratelimit-remaining-requests": "59", "x-ratelimit-remaining-tokens": "149984",
            "x-ratelimit-reset-requests": "1s", "x-ratelimit-reset-tokens": "6m0s",
        ]
        #expect(
            report(headers)
                == RateReport(requests: remaining(59, .seconds(1)), tokens: remaining(149_984, .seconds(360))))
    }

    @Test(
        "the forms of a duration",
        arguments: [
            ("17ms", .milliseconds(17)), ("0s", .zero), ("1h2m3s", .seconds(3723)), ("7.5s", .milliseconds(7500)),
            ("2m59.5s", .milliseconds(179_500)), ("20us", .microseconds(20)),
        ] as [(String, Duration)])
    func durations(text: String, expected: Duration) {
        let headers = ["x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": text]
        #expect(report(headers) == RateReport(requests: remaining(0, expected)))
    }

    @Test("what is said to have no limit can be counted with")
    func unlimited() throws {
        let headers = ["x-ratelimit-remaining-requests": "\(Int.max)", "x-ratelimit-reset-requests": "60s"]
        let told = try #require(report(headers))
        #expect(told == RateReport(requests: remaining(1 << 53, .seconds(60))))
        let now = ContinuousClock.now
        var window = RateWindow(at: now)
        let first = window.passFreely(worstCase: 1, at: now)
        window.tell(told, at: now)
        window.end(try #require(first), .unsent, at: now)
        let second = window.passFreely(worstCase: 1, at: now)
        #expect(second != nil)
    }

    @Test(
        "garbage",
        arguments: [
            ("", "1s"), ("-1", "1s"), ("many", "1s"), ("1.5", "1s"), ("99999999999999999999", "1s"), ("0", ""),
            ("0", "soon"), ("0", "1"), ("0", "s"), ("0", "1s2"), ("0", "-1s"), ("0", "1.2.3s"), ("0", "1e999s"),
            ("0", "9999999999999999999s"), ("0", "١s"),
        ])
    func garbage(left: String, reset: String) {
        #expect(report(["x-ratelimit-remaining-requests": left, "x-ratelimit-reset-requests": reset]) == nil)
        #expect(
            report(["anthropic-ratelimit-tokens-remaining": left, "anthropic-ratelimit-tokens-reset": reset]) == nil)
        #expect(report(["x-ratelimit-remaining-requests": "0"]) == nil)
    }

    @Test("as Anthropic writes them, measured by the clock of the wall")
    func anthropic() {
        let now: Int64 = 1_767_225_600  // 2026-01-01
        var headers = [
            "anthropic-ratelimit-requests-remaining": "4", "anthropic-ratelimit-requests-reset": "2026-01-01T00:00:09Z",
            "anthropic-ratelimit-input-tokens-remaining": "5000",
            "anthropic-ratelimit-input-tokens-reset": "2026-01-01T00:01:00Z",
            "anthropic-ratelimit-output-tokens-remaining": "800",
            "anthropic-ratelimit-output-tokens-reset": "2025-12-31T23:59:00Z",
        ]
        #expect(
            report(headers, now: now)
                == RateReport(requests: remaining(4, .seconds(9)), tokens: remaining(800, .zero)))
        headers["anthropic-ratelimit-tokens-remaining"] = "3000"
        headers["anthropic-ratelimit-tokens-reset"] = "2026-01-01T00:00:30Z"
        #expect(report(headers, now: now)?.tokens == remaining(3000, .seconds(30)))
    }
}
