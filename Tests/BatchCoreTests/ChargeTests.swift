import BatchCore
import Testing

@Suite("An answer is booked at what it cost, or at an estimate that is above zero and within its reservation")
struct ChargeTests {
    private let price = Price(
        input: Money(picodollars: 100), cachedInput: Money(picodollars: 10), output: Money(picodollars: 1000))
    private let worst = Amount(usd: Money(picodollars: 1_000_000), tokens: 500)

    private func charge(_ answer: ParsedAnswer, requestBytes: Int = 300) -> Charge {
        Charge(answer: answer, requestBytes: requestBytes, worstCase: worst, price: price)
    }

    @Test("a reported usage is booked as it is")
    func reported() {
        let charge = charge(ParsedAnswer(usage: Usage(input: 10, cached: 4, output: 3)))
        #expect(charge.amount == Amount(usd: Money(picodollars: 6 * 100 + 4 * 10 + 3 * 1000), tokens: 13))
        #expect(!charge.isEstimated && !charge.exceedsBound)
    }

    @Test(
        "above the bound, in money or in tokens, it is booked in full and marked",
        arguments: [
            Usage(input: 600), Usage(output: 1001),
        ])
    func above(usage: Usage) {
        let charge = charge(ParsedAnswer(usage: usage))
        #expect(charge.exceedsBound && !charge.isEstimated)
        #expect(charge.amount == Amount(usd: price.cost(of: usage), tokens: usage.total))
    }

    @Test("exactly the bound does not exceed it")
    func exactly() {
        #expect(!charge(ParsedAnswer(usage: Usage(input: 0, output: 500))).exceedsBound)
    }

    @Test("without a usage it is estimated from the bytes")
    func estimated() {
        let charge = charge(ParsedAnswer(choices: [.init(text: "123456"), .init(text: "éé")]))
        #expect(charge.usage == Usage(input: 100, output: 3))
        #expect(charge.amount == Amount(usd: Money(picodollars: 100 * 100 + 3 * 1000), tokens: 103))
        #expect(charge.isEstimated && !charge.exceedsBound)
    }

    @Test("an estimate is above zero and at most the reservation", arguments: [0, 1, 300, 1 << 20])
    func bounds(requestBytes: Int) {
        for text in ["", "a", String(repeating: "a", count: 10_000)] {
            let charge = charge(ParsedAnswer(choices: [.init(text: text)]), requestBytes: requestBytes)
            #expect(charge.amount.usd > .zero && charge.amount.tokens > 0)
            #expect(charge.amount.usd <= worst.usd && charge.amount.tokens <= worst.tokens)
        }
    }
}
