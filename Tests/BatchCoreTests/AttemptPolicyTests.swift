import BatchCore
import Testing

@Suite("What follows an attempt depends on how it ended and on nothing else")
struct AttemptPolicyTests {
    private let policy = RetryPolicy()

    private func step(_ ending: AttemptEnding, attempt: Int = 1) -> AttemptStep {
        policy.step(after: ending, attempt: attempt, random: 0.5)
    }

    private static let half = Duration.milliseconds(250)

    @Test(
        "of the first attempt",
        arguments: [
            (AttemptEnding.answered, AttemptStep.answered),
            (.notSent("refused"), .again(after: half)),
            (.unknown("reset"), .againWithNewMoney(after: half, reason: "reset")),
            (.unreadable, .againWithNewMoney(after: half, reason: "the answer is no JSON of the expected form")),
            (.status(400, code: nil, retryAfter: nil), .failed(code: "http_400", message: "status 400")),
            (.status(404, code: nil, retryAfter: nil), .failed(code: "http_404", message: "status 404")),
            (.status(413, code: nil, retryAfter: nil), .failed(code: "http_413", message: "status 413")),
            (.status(422, code: "x", retryAfter: nil), .failed(code: "http_422", message: "status 422")),
            (.status(302, code: nil, retryAfter: nil), .failed(code: "http_302", message: "status 302")),
            (.status(409, code: nil, retryAfter: nil), .again(after: half)),
            (.status(425, code: nil, retryAfter: nil), .again(after: half)),
            (.status(429, code: nil, retryAfter: nil), .again(after: half)),
            (.status(429, code: "rate_limit_exceeded", retryAfter: nil), .again(after: half)),
            (.status(500, code: nil, retryAfter: nil), .again(after: half)),
            (.status(503, code: nil, retryAfter: nil), .again(after: half)),
            (.status(529, code: nil, retryAfter: nil), .again(after: half)),
        ])
    func first(ending: AttemptEnding, expected: AttemptStep) {
        #expect(step(ending) == expected)
    }

    @Test("where a proxy saw no end the money is gone, and new money is needed", arguments: [408, 502, 504])
    func proxies(status: Int) {
        let message = "status \(status): a proxy saw no end of the request"
        let ending = AttemptEnding.status(status, code: nil, retryAfter: nil)
        #expect(step(ending) == .againWithNewMoney(after: Self.half, reason: message))
        #expect(step(ending, attempt: 4) == .failedUnknown(code: "http_\(status)", message: message))
    }

    @Test(
        "trouble of the endpoint is nobody's fault but its own, in every attempt",
        arguments: [
            (401, nil), (402, nil), (403, nil), (429, "insufficient_quota"),
        ] as [(Int, String?)], 1...4)
    func endpoint(ending: (Int, String?), attempt: Int) {
        guard case .endpointTrouble = step(.status(ending.0, code: ending.1, retryAfter: nil), attempt: attempt) else {
            Issue.record("\(ending)")
            return
        }
    }

    @Test("a probe that finds the endpoint in trouble is not tried again; what says nothing of it is")
    func probe() {
        func step(_ ending: AttemptEnding) -> AttemptStep {
            policy.step(after: ending, attempt: 1, isProbe: true, random: 0.5)
        }
        for ending in [AttemptEnding.notSent("refused")]
            + [429, 503, 529].map({ .status($0, code: nil, retryAfter: nil) })
        {
            if case .endpointTrouble = step(ending) { continue }
            Issue.record("\(ending)")
        }
        for ending in [
            AttemptEnding.answered, .unknown("reset"), .unreadable, .status(500, code: nil, retryAfter: nil),
        ] {
            #expect(step(ending) == self.step(ending))
        }
    }

    @Test("of the last attempt")
    func last() {
        #expect(step(.answered, attempt: 4) == .answered)
        #expect(step(.unknown("reset"), attempt: 4) == .failedUnknown(code: "no_answer", message: "reset"))
        #expect(
            step(.unreadable, attempt: 4)
                == .failedUnknown(code: "unreadable_answer", message: "the answer is no JSON of the expected form"))
        #expect(step(.notSent("refused"), attempt: 4) == .endpointTrouble("refused"))
        #expect(
            step(.status(500, code: nil, retryAfter: nil), attempt: 4)
                == .failed(code: "http_500", message: "status 500 in each of 4 attempts"))
        for status in [429, 503, 529] {
            #expect(
                step(.status(status, code: nil, retryAfter: nil), attempt: 4)
                    == .endpointTrouble("it goes on answering \(status)"))
        }
    }

    @Test("an attempt that was billed or may have been is never repeated on the same money")
    func neverOnTheSameMoney() {
        for status in 200..<600 {
            for attempt in 1...5 {
                guard case .again = step(.status(status, code: nil, retryAfter: nil), attempt: attempt) else {
                    continue
                }
                #expect(attempt < 4 && ![408, 502, 504].contains(status))
            }
        }
    }

    @Test("with one attempt nothing is tried again")
    func once() {
        var policy = policy
        policy.attempts = 1
        for ending in [
            AttemptEnding.unreadable, .unknown("x"), .notSent("x"), .status(500, code: nil, retryAfter: .seconds(1)),
        ] {
            switch policy.step(after: ending, attempt: 1, random: 0.5) {
            case .again, .againWithNewMoney: Issue.record("\(ending) is tried again")
            default: continue
            }
        }
    }

    @Test("the pause is random below a ceiling that doubles up to the cap")
    func jitter() {
        for (attempt, ceiling) in [(1, 500), (2, 1000), (3, 2000), (8, 60_000), (64, 60_000), (Int.max, 60_000)] {
            #expect(policy.pause(afterAttempt: attempt, retryAfter: nil, random: 0) == .zero)
            let most = policy.pause(afterAttempt: attempt, retryAfter: nil, random: 0.999_999)
            #expect(most < .milliseconds(ceiling) && most > .milliseconds(ceiling - 1), "attempt \(attempt)")
        }
    }

    @Test("Retry-After is obeyed up to an hour, a little later each, and never in the past")
    func retryAfter() {
        #expect(policy.pause(afterAttempt: 1, retryAfter: .seconds(90), random: 0) == .seconds(90))
        #expect(policy.pause(afterAttempt: 9, retryAfter: .seconds(90), random: 0.5) == .milliseconds(90_500))
        #expect(policy.pause(afterAttempt: 1, retryAfter: .seconds(86_400), random: 0) == .seconds(3600))
        #expect(policy.pause(afterAttempt: 1, retryAfter: .seconds(-5), random: 0) == .zero)
        #expect(
            step(.status(503, code: nil, retryAfter: .seconds(7))) == .again(after: .seconds(7) + Self.half))
    }
}
