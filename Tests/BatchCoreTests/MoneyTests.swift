import BatchCore
import TestSupport
import Testing

@Suite("An amount of money is read, kept and printed exactly, or refused")
struct MoneyTests {
    @Test(
        "what is read is what was meant, to the picodollar",
        arguments: [
            ("0", 0), ("0.0", 0), ("25", 25_000_000_000_000), ("25.00", 25_000_000_000_000), ("0.0123", 12_300_000_000),
            ("0.000000000001", 1), ("00.5", 500_000_000_000), ("1.000000000001", 1_000_000_000_001),
        ] as [(String, Int128)])
    func exact(text: String, picodollars: Int128) {
        #expect(Money(decimal: text)?.picodollars == picodollars)
    }

    @Test(
        "what cannot be held, or is written in another way, is refused",
        arguments: [
            "", ".", "1.", ".5", "-1", "+1", "-0", "1e3", "1E3", "1.5e-3", " 1", "1 ", "1,5", "1_000", "0x10", "1.2.3",
            "1..2",
            "0.0000000000001", "0.1234567890120", "1000000000.000000000001", "1000000001", "99999999999", "inf", "nan",
            "１",
            "1\u{301}.5", "1.\u{301}5", "1.5\u{0}", "٣", "1.+5", "1.-5", "$1", "1\n",
        ])
    func refused(text: String) {
        #expect(Money(decimal: text) == nil)
    }

    @Test("a billion dollars is the largest amount that can be written")
    func limit() {
        #expect(Money(decimal: "1000000000") == .limit)
        #expect(Money(decimal: "1000000000.000000000000") == .limit)
        #expect(Money(decimal: Money.limit.decimal) == .limit)
    }

    @Test("what is printed reads back as the same amount, with no digit too many")
    func roundTrip() {
        var random = SeededGenerator(seed: 1)
        for round in 0..<5000 {
            let bits = Int.random(in: 0...69, using: &random)
            let amount = Money(
                picodollars: min(Int128.random(in: 0...(1 << Int128(bits)), using: &random), Money.limit.picodollars))
            let text = amount.decimal
            #expect(Money(decimal: text) == amount, "round \(round): \(text)")
            #expect(!text.contains(".") || text.last != "0", "round \(round): \(text)")
            #expect(text.first != "0" || text == "0" || text.hasPrefix("0."), "round \(round): \(text)")
        }
    }

    @Test(
        "for people there are two decimals at least",
        arguments: [
            (0, "$0.00"), (500_000_000_000, "$0.50"), (12_300_000_000, "$0.0123"), (2_000_000_000_000, "$2.00"),
            (1_250_000_000_000, "$1.25"), (-1_500_000_000_000, "$-1.50"),
        ] as [(Int128, String)])
    func people(picodollars: Int128, text: String) {
        #expect(Money(picodollars: picodollars).description == text)
    }

    @Test("a share is rounded up, never down")
    func share() {
        #expect(Money(picodollars: 10).scaledUp(by: 1, over: 3).picodollars == 4)
        #expect(Money(picodollars: 9).scaledUp(by: 1, over: 3).picodollars == 3)
        #expect(Money(picodollars: 1).scaledUp(by: 0, over: 7) == .zero)
        #expect(Money.limit.scaledUp(by: 1_000_000, over: 1_000_000) == .limit)
    }

    @Test("the largest count of tokens at the largest price does not overflow")
    func noOverflow() throws {
        let price = try #require(Price.perMillionTokens("1000000000"))
        #expect((Int.max * price).picodollars == Int128(Int.max) * 1_000_000_000_000_000)
    }

    @Test("amounts in records may be larger than what a person may write: what a server claimed is booked in full")
    func recorded() {
        let claimed = TokenBound.limit * Money(picodollars: 1_000_000_000_000_000) + Money(picodollars: 7)
        #expect(claimed > .limit)
        #expect(Money(decimal: claimed.decimal) == nil)
        #expect(Money(recorded: claimed.decimal) == claimed)
        #expect(Money(recorded: "1000000000000000000000000000") == nil, "28 digits do not fit with 12 decimals")
        #expect(Money(recorded: "-1") == nil)
    }
}

@Suite("A price is picodollars for one token, exactly")
struct PriceTests {
    private let price = Price(
        input: Money(picodollars: 150_000), cachedInput: Money(picodollars: 75_000), output: Money(picodollars: 600_000)
    )

    @Test(
        "a price for a million tokens has six decimals at most",
        arguments: [
            ("0.15", 150_000), ("0.000001", 1), ("0", 0), ("1000000000", 1_000_000_000_000_000),
            ("0.150000000000", 150_000),
        ] as [(String, Int128)])
    func perMillion(text: String, picodollars: Int128) {
        #expect(Price.perMillionTokens(text)?.picodollars == picodollars)
    }

    @Test(
        "a finer one is refused, not rounded",
        arguments: ["0.0000001", "0.1500001", "0.000000000001", "-1", "1e-1", ""])
    func tooFine(text: String) {
        #expect(Price.perMillionTokens(text) == nil)
    }

    @Test("the worst case takes the dearer of cached and fresh input")
    func worstCase() {
        let bound = TokenBound(prompt: 10, completion: 3)
        #expect(price.worstCase(of: bound).picodollars == 10 * 150_000 + 3 * 600_000)
        let dearCache = Price(input: Money(picodollars: 1), cachedInput: Money(picodollars: 5), output: .zero)
        #expect(dearCache.worstCase(of: bound).picodollars == 50)
    }

    @Test("cached tokens are a part of the input, reasoning tokens a part of the output")
    func cost() {
        let usage = Usage(input: 10, cached: 4, output: 3, reasoning: 2)
        #expect(price.cost(of: usage).picodollars == 6 * 150_000 + 4 * 75_000 + 3 * 600_000)
        #expect(usage.total == 13)
    }

    @Test("without a cached price cached tokens cost what fresh ones cost")
    func noCachedPrice() {
        let plain = Price(input: Money(picodollars: 2), output: Money(picodollars: 3))
        #expect(plain.cost(of: Usage(input: 10, cached: 10)).picodollars == 20)
    }

    @Test("no usage within its bound costs more than the bound's worst case")
    func neverAboveWorst() {
        var random = SeededGenerator(seed: 2)
        for round in 0..<2000 {
            let price = Price(
                input: Money(picodollars: Int128.random(in: 0...1_000_000, using: &random)),
                cachedInput: Money(picodollars: Int128.random(in: 0...1_000_000, using: &random)),
                output: Money(picodollars: Int128.random(in: 0...1_000_000, using: &random)))
            let input = Int.random(in: 0...1_000_000, using: &random)
            let output = Int.random(in: 0...1_000_000, using: &random)
            let usage = Usage(input: input, cached: Int.random(in: 0...input, using: &random), output: output)
            let worst = price.worstCase(of: TokenBound(prompt: input, completion: output))
            #expect(price.cost(of: usage) <= worst, "round \(round)")
        }
    }
}
