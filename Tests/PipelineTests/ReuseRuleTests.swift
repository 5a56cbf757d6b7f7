import BatchCore
import Pipeline
import Testing

@testable import Ledgers

@Suite("A lane says what is reused")
struct ReuseRuleTests {
    private let now = Timestamp(seconds: 1_000_000)
    private let sampled: BatchRequest
    private let seeded: BatchRequest

    init() throws {
        var reader = RequestReader(catalogue: Policies.test().catalogue)
        sampled = try reader.read(Array(line("a").utf8).span)
        let body = line("a").replacing(#""model":"m""#, with: #""model":"m","seed":7"#)
        seeded = try reader.read(Array(body.utf8).span)
    }

    private func accepted(before seconds: Int64, thenDefect: Bool = false) -> Memory {
        .accepted(
            StoredAnswer(
                locator: AnswerLocator(file: 1, offsetBytes: 0, lengthBytes: 1), recordedAt: now.seconds - seconds,
                hasLaterDefect: thenDefect))
    }

    private func lane(_ change: (inout Lane) -> Void = { _ in }) -> Lane {
        var lane = Lane(name: "x")
        change(&lane)
        return lane
    }

    @Test("by default everything that was accepted is, and what was paid for in vain is not sent unless it is a retry")
    func usual() {
        #expect(sampled.isSampled && !seeded.isSampled)
        for request in [sampled, seeded] {
            let years = accepted(before: 900_000)
            #expect(lane().disposition(of: request, memory: years, isRetry: false, at: now) == .reused)
            #expect(lane().disposition(of: request, memory: years, isRetry: true, at: now) == .reused)
            #expect(lane().disposition(of: request, memory: .defect, isRetry: false, at: now) == .knownDefect)
            #expect(lane().disposition(of: request, memory: .defect, isRetry: true, at: now) == .fresh)
            #expect(lane().disposition(of: request, memory: nil, isRetry: false, at: now) == .fresh)
            #expect(!lane().asksAnew(request))
        }
    }

    @Test("reuse_sampled = false: what has a temperature and no seed is asked anew, whatever is known; the rest is not")
    func sampledAnew() {
        let lane = lane { $0.reuseSampled = false }
        for memory in [accepted(before: 0), .defect, nil] {
            #expect(lane.disposition(of: sampled, memory: memory, isRetry: false, at: now) == .fresh)
        }
        #expect(lane.asksAnew(sampled) && !lane.asksAnew(seeded))
        #expect(lane.disposition(of: seeded, memory: accepted(before: 0), isRetry: false, at: now) == .reused)
        #expect(lane.disposition(of: seeded, memory: .defect, isRetry: false, at: now) == .knownDefect)
    }

    @Test("answer_max_age: an answer of that age is reused, an older one is not")
    func age() {
        let lane = lane { $0.answerMaxAge = .seconds(3600) }
        func disposition(_ memory: Memory, isRetry: Bool = false) -> ShardPlanner.Disposition {
            lane.disposition(of: seeded, memory: memory, isRetry: isRetry, at: now)
        }
        #expect(disposition(accepted(before: 3600)) == .reused)
        #expect(disposition(accepted(before: 3601)) == .fresh)
        #expect(disposition(accepted(before: -60)) == .reused, "a clock that stepped back makes nothing old")
        #expect(disposition(accepted(before: 3601, thenDefect: true)) == .knownDefect, "it was asked again, in vain")
        #expect(disposition(accepted(before: 3601, thenDefect: true), isRetry: true) == .fresh)
        #expect(disposition(accepted(before: 60, thenDefect: true)) == .reused)
        #expect(disposition(accepted(before: 60, thenDefect: true), isRetry: true) == .fresh)
    }
}
