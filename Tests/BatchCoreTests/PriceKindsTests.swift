import BatchCore
import TestSupport
import Testing

@Suite("Every kind of price is in the cost and in the worst case")
struct PriceKindsTests {
    private func pico(_ amount: Int128) -> Money { Money(picodollars: amount) }

    private var price: Price {
        Price(
            rates: TokenRates(
                input: pico(100), cachedInput: pico(10), cacheWrite: pico(125), output: pico(1000),
                reasoning: pico(1100)),
            tiers: [
                .init(aboveTokens: 200, rates: TokenRates(input: pico(200), output: pico(1500))),
                .init(aboveTokens: 500, rates: TokenRates(input: pico(50), output: pico(900))),
            ],
            request: pico(7), image: pico(13))
    }

    @Test("tokens by their kind, the request, the images")
    func cost() {
        let usage = Usage(input: 100, cached: 40, cacheWrite: 10, output: 30, reasoning: 20)
        #expect(
            price.cost(of: usage, images: 2).picodollars
                == 50 * 100 + 40 * 10 + 10 * 125 + 10 * 1000 + 20 * 1100 + 7 + 2 * 13)
    }

    @Test(
        "a tier prices all of the request from one token above its threshold on",
        arguments: [(200, 200 * 100 + 1000), (201, 201 * 200 + 1500), (500, 500 * 200 + 1500), (501, 501 * 50 + 900)])
    func tiers(input: Int, picodollars: Int) {
        #expect(price.cost(of: Usage(input: input, output: 1)).picodollars == Int128(picodollars + 7))
    }

    @Test("the worst case is the dearest tier that the bound can reach, at its longest prompt")
    func worstCase() {
        func worst(_ prompt: Int) -> Int128 {
            price.worstCase(of: TokenBound(prompt: prompt, completion: 1, images: 1)).picodollars - 20
        }
        #expect(worst(200) == 200 * 125 + 1100)
        #expect(worst(201) == 201 * 200 + 1500)
        #expect(worst(10_000) == 10_000 * 50 + 900)
        #expect(worst(600) == 500 * 200 + 1500, "a longer prompt is cheaper, and the server may find it shorter")
    }

    @Test("no usage within a bound costs more than its worst case", arguments: 0..<300)
    func neverAbove(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        func money() -> Money { pico(Int128.random(in: 0...1000, using: &random)) }
        func rates() -> TokenRates {
            TokenRates(input: money(), cachedInput: money(), cacheWrite: money(), output: money(), reasoning: money())
        }
        var price = Price(rates: rates(), request: money(), image: money())
        var above = 0
        for _ in 0..<Int.random(in: 0...3, using: &random) {
            above += Int.random(in: 1...100, using: &random)
            price.tiers.append(.init(aboveTokens: above, rates: rates()))
        }
        let bound = TokenBound(
            prompt: Int.random(in: 1...400, using: &random), completion: Int.random(in: 0...100, using: &random),
            images: Int.random(in: 0...3, using: &random))
        let worst = price.worstCase(of: bound)
        for _ in 0..<100 {
            let input = Int.random(in: 0...bound.prompt, using: &random)
            let cached = Int.random(in: 0...input, using: &random)
            let output = Int.random(in: 0...bound.completion, using: &random)
            let usage = Usage(
                input: input, cached: cached, cacheWrite: Int.random(in: 0...input - cached, using: &random),
                output: output, reasoning: Int.random(in: 0...output, using: &random))
            #expect(price.cost(of: usage, images: bound.images) <= worst, "seed \(seed)")
        }
    }

    @Test("a discount is exact, or there is none")
    func discount() throws {
        let half = try #require(Discount(decimal: "0.5"))
        let even = Price(
            rates: TokenRates(input: pico(100), output: pico(1000)),
            tiers: [.init(aboveTokens: 5, rates: TokenRates(input: pico(4), output: pico(6)))], request: pico(8))
        let reduced = try #require(even.less(half))
        #expect(reduced.rates == TokenRates(input: pico(50), output: pico(500)))
        #expect(reduced.tiers[0].rates == TokenRates(input: pico(2), output: pico(3)) && reduced.request == pico(4))
        #expect(price.less(half) == nil, "7 picodollars have no half")
        #expect(even.less(try #require(Discount(decimal: "0"))) == even)
        let third = try #require(Discount(decimal: "0.333"))
        #expect(third.taken(from: pico(1000)) == pico(667) && third.taken(from: pico(1001)) == nil)
        for text in ["1", "1.5", "-0.5", "0.5e0", "", "half"] { #expect(Discount(decimal: text) == nil, "\(text)") }
    }

    @Test("a price is in force from its moment on, and what is over is left out")
    func list() {
        let (first, second, third) = (Price(input: pico(1), output: pico(1)), price, price)
        let times = [Timestamp(seconds: 100), Timestamp(seconds: 200)]
        let list = PriceList(
            first, changes: [.init(from: times[0], price: second), .init(from: times[1], price: third)])
        #expect(list.price(at: Timestamp(milliseconds: 99_999)) == first)
        #expect(list.price(at: times[0]) == second && list.price(at: times[1]) == third)
        #expect(list.asOf(times[0]) == PriceList(second, changes: [.init(from: times[1], price: third)]))
        #expect(list.asOf(Timestamp(seconds: 99)) == list && list.asOf(times[1]).changes.isEmpty)
    }
}

@Suite("A cost in a price file is read by its decimal digits, exactly or not at all")
struct MoneyNumberTests {
    @Test(
        "in every notation of JSON",
        arguments: [
            ("1.5e-07", 150_000), ("1.5E-7", 150_000), ("0.00000015", 150_000), ("15e-8", 150_000), ("0", 0),
            ("0.0", 0), ("0e9", 0), ("1e-12", 1), ("3.75e-08", 37_500), ("2", 2_000_000_000_000),
            ("5.46875e-07", 546_875), ("1e-6", 1_000_000), ("1.25e+1", 12_500_000_000_000),
            ("100000000000000000000000000e-26", 1_000_000_000_000),
        ] as [(String, Int128)])
    func exact(text: String, picodollars: Int128) {
        #expect(Money(number: text)?.picodollars == picodollars)
    }

    @Test(
        "what is finer, larger, negative or no number is refused",
        arguments: [
            "1e-13", "1.5e-12", "-1e-6", "1e10", "1000000000.1e0", "", "e5", "1e", "1e5e5", "1.2.3", "0x1", "inf",
            "nan",
            "1e99999", "1e-99999", " 1", "1 ",
        ])
    func refused(text: String) {
        #expect(Money(number: text) == nil)
    }
}
