import BatchCore
import TestSupport
import Testing

@Suite("An answer is booked at what it cost; where the server cannot have counted right, at no less than is known")
struct ChargeTests {
    private static let price = Price(
        input: Money(picodollars: 100), cachedInput: Money(picodollars: 10), output: Money(picodollars: 1000))
    /// 300 bytes of prompt and up to 5 choices of 20 tokens.
    private static let request = OutgoingRequest(
        body: [], bound: TokenBound(prompt: 400, completion: 100), promptBytes: 300, choiceLimit: 20)
    private static let worst = Amount(usd: price.worstCase(of: request.bound), tokens: 500)

    private func charge(
        _ reported: ReportedUsage?, _ choices: [ParsedAnswer.Choice] = [.init(text: "hello")],
        _ request: OutgoingRequest = request
    ) -> Charge {
        var answer = ParsedAnswer(choices: choices)
        answer.reported = reported
        return Charge(answer: answer, request: request, worstCase: Self.worst, price: Self.price)
    }

    private func reported(_ change: (inout ReportedUsage) -> Void) -> ReportedUsage {
        var reported = ReportedUsage(Usage(input: 50, output: 10))
        change(&reported)
        return reported
    }

    @Test("a usage that can be true is booked as it is")
    func honest() {
        let charge = charge(ReportedUsage(Usage(input: 10, cached: 4, output: 3)))
        #expect(charge.amount == Amount(usd: Money(picodollars: 6 * 100 + 4 * 10 + 3 * 1000), tokens: 13))
        #expect(!charge.isEstimated && !charge.exceedsBound && !charge.isFault)
    }

    @Test(
        "just the bound does not exceed it, and one token above it does", arguments: [(400, 100), (401, 1), (1, 101)])
    func bound(input: Int, output: Int) {
        let usage = Usage(input: input, output: output)
        let charge = charge(ReportedUsage(usage))
        #expect(charge.exceedsBound == (usage.total != 500) && charge.isFault == charge.exceedsBound)
        #expect(!charge.isEstimated)
        #expect(charge.amount == Amount(usd: Self.price.cost(of: usage), tokens: usage.total))
    }

    @Test("a missing usage is estimated from the bytes, and is no fault")
    func missing() {
        let charge = charge(nil, [.init(text: "123456"), .init(text: "éé")])
        #expect(charge.usage == Usage(input: 100, output: 3))
        #expect(charge.amount == Amount(usd: Money(picodollars: 100 * 100 + 3 * 1000), tokens: 103))
        #expect(charge.isEstimated && !charge.exceedsBound && !charge.isFault)
    }

    @Test("an estimate is above zero and at most the bound", arguments: [0, 1, 300, 1 << 20])
    func estimate(promptBytes: Int) {
        var request = Self.request
        request.promptBytes = promptBytes
        for text in ["", "a", String(repeating: "a", count: 10_000)] {
            let charge = charge(nil, [.init(text: text)], request)
            #expect(charge.amount.usd > .zero && charge.usage.input > 0 && charge.usage.output > 0)
            #expect(Self.worst.covers(charge.amount) && !charge.exceedsBound)
        }
    }

    @Test("an embedding has no completion to estimate")
    func embedding() {
        var request = Self.request
        request.bound.completion = 0
        #expect(charge(nil, [], request).usage == Usage(input: 100))
        #expect(charge(ReportedUsage(Usage(input: 9)), [], request).usage == Usage(input: 9))
    }

    @Test("one part that is missing, zero or absurd is estimated, and the other is booked as it is")
    func parts() {
        var usage = charge(reported { $0.input = nil }).usage
        #expect(usage == Usage(input: 100, output: 10))
        usage = charge(reported { $0.input = 0 }).usage
        #expect(usage == Usage(input: 100, output: 10))
        usage = charge(reported { $0.output = nil }).usage
        #expect(usage == Usage(input: 50, output: 1))
        let zero = charge(reported { $0.output = 0 })
        #expect(zero.usage == Usage(input: 50, output: 1) && zero.isEstimated && !zero.isFault)
        let absurd = charge(
            reported {
                $0.output = nil
                $0.isAbsurd = true
            })
        #expect(absurd.usage == Usage(input: 50, output: 1) && absurd.isEstimated && absurd.isFault)
    }

    @Test("nothing was made and none is counted: that can be true")
    func nothing() {
        let charge = charge(ReportedUsage(Usage(input: 50)), [.init(finishReason: "content_filter")])
        #expect(charge.usage == Usage(input: 50) && !charge.isEstimated && !charge.isFault)
    }

    @Test("tokens that were written to a cache count as those that were read from it")
    func cacheWriteAbovePrompt() {
        let beside = charge(reported { ($0.cached, $0.cacheWrite) = (30, 40) })
        #expect(beside.usage == Usage(input: 120, cached: 30, cacheWrite: 40, output: 10))
        #expect(beside.isEstimated && beside.isFault)
        let tooMany = charge(reported { $0.cacheWrite = 1000 })
        #expect(tooMany.usage == Usage(input: 50, output: 10) && tooMany.isFault)
        let alone = charge(reported { ($0.input, $0.cacheWrite) = (0, 390) })
        #expect(alone.usage.input == 390 && alone.isEstimated, "no less than is known")
    }

    @Test(
        "more cached than prompt tokens are booked beside each other if the bound holds that, else at the dearer price")
    func cachedAbovePrompt() {
        let beside = charge(reported { $0.cached = 60 })
        #expect(beside.usage == Usage(input: 110, cached: 60, output: 10) && beside.isEstimated && beside.isFault)
        let tooMany = charge(reported { $0.cached = 1000 })
        #expect(tooMany.usage == Usage(input: 50, output: 10) && tooMany.isFault && !tooMany.exceedsBound)
    }

    @Test("a count that is below one token for each choice, or for so many bytes of text, is raised to it")
    func fewerThanMade() {
        let three = [ParsedAnswer.Choice](repeating: .init(text: "a"), count: 3)
        #expect(charge(ReportedUsage(Usage(input: 50, output: 2)), three).usage.output == 3)
        #expect(charge(ReportedUsage(Usage(input: 50, output: 2)), three).isFault)
        #expect(!charge(ReportedUsage(Usage(input: 50, output: 3)), three).isFault)
        let called = [ParsedAnswer.Choice](repeating: .init(calledTool: true), count: 3) + [.init()]
        #expect(charge(ReportedUsage(Usage(input: 50, output: 1)), called).usage.output == 3)
        let one = [ParsedAnswer.Choice(text: String(repeating: " ", count: 1280))]
        #expect(charge(ReportedUsage(Usage(input: 50, output: 9)), one).usage.output == 10)
        #expect(!charge(ReportedUsage(Usage(input: 50, output: 10)), one).isEstimated)
        let two = [ParsedAnswer.Choice](repeating: .init(text: String(repeating: "b", count: 160)), count: 2)
        #expect(charge(ReportedUsage(Usage(input: 50, output: 19)), two).usage.output == 20)
        #expect(!charge(ReportedUsage(Usage(input: 50, output: 20)), two).isEstimated)
    }

    @Test("the count of one choice where several have ended by its limit is taken for each of them")
    func oneChoiceOfSeveral() {
        // As llama.cpp answered n = 3 with max_tokens 10.
        let cut = [ParsedAnswer.Choice](repeating: .init(finishReason: "length", text: "some text"), count: 3)
        let charged = charge(ReportedUsage(Usage(input: 50, output: 20)), cut)
        #expect(charged.usage.output == 60 && charged.isEstimated && charged.isFault)
        #expect(charge(ReportedUsage(Usage(input: 50, output: 20)), [cut[0], .init(text: "a")]).usage.output == 20)
        #expect(!charge(ReportedUsage(Usage(input: 50, output: 60)), cut).isEstimated)
        let six = charge(ReportedUsage(Usage(input: 50, output: 20)), cut + cut)
        #expect(six.usage.output == 100 && !six.exceedsBound, "never above the bound by our own count")
    }

    @Test("an echoed prompt is no completion")
    func echo() {
        var request = Self.request
        request.echoes = true
        let long = [ParsedAnswer.Choice](repeating: .init(text: String(repeating: "b", count: 4000)), count: 2)
        #expect(charge(ReportedUsage(Usage(input: 50, output: 2)), long, request).usage.output == 2)
    }

    @Test(
        "whatever a server claims, what is booked is no less than what it claims within the bound", arguments: 0..<500)
    func anything(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        var reported = ReportedUsage()
        if Bool.random(using: &random) { reported.input = Int.random(in: 0...500, using: &random) }
        if Bool.random(using: &random) { reported.output = Int.random(in: 0...120, using: &random) }
        reported.cached = Int.random(in: 0...100, using: &random)
        reported.reasoning = Int.random(in: 0...50, using: &random)
        let choices = (0..<Int.random(in: 0...5, using: &random)).map { _ in
            ParsedAnswer.Choice(text: String(repeating: "x", count: Int.random(in: 0...200, using: &random)))
        }
        let charge = charge(reported, choices)
        let usage = charge.usage
        #expect(usage.input >= reported.input ?? 1 && usage.output >= reported.output ?? 0, "seed \(seed)")
        #expect(usage.cached <= usage.input && usage.reasoning <= usage.output, "seed \(seed)")
        #expect(charge.amount.usd == Self.price.cost(of: usage) && charge.amount.usd > .zero, "seed \(seed)")
        #expect(charge.exceedsBound || Self.worst.covers(charge.amount), "seed \(seed)")
    }
}
