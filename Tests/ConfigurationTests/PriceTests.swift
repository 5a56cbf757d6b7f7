import BatchCore
import Configuration
import Testing

@Suite("models.toml states every kind of price, exactly or not at all")
struct PriceTests {
    private static let usual = "input_usd_per_million = \"1\"\noutput_usd_per_million = \"2\"\n"

    private func model(_ lines: String) throws -> Model {
        try #require(try load(["models.toml": "\(goodModels)\n\(lines)"]).models.models["m"])
    }

    private func found(_ lines: String) throws -> [String] { try problems(["models.toml": "\(goodModels)\n\(lines)"]) }

    private func perMillion(_ dollars: Int128) -> Money { Money(picodollars: dollars * 1_000_000) }

    @Test("each kind has its key")
    func kinds() throws {
        let model = try model(
            """
            input_usd_per_million = "1"
            cached_input_usd_per_million = "0.5"
            cache_write_usd_per_million = "1.25"
            output_usd_per_million = "2"
            reasoning_usd_per_million = "3"
            request_usd = "0.01"
            image_usd = "0.002"
            image_tokens = 1500
            reasoning_beside_limit_tokens = 4000
            ignored_members = ["x_trace", "metadata"]
            """)
        let price = try #require(model.prices?.first)
        #expect(
            price.rates
                == TokenRates(
                    input: perMillion(1), cachedInput: Money(picodollars: 500_000),
                    cacheWrite: Money(picodollars: 1_250_000), output: perMillion(2), reasoning: perMillion(3)))
        #expect(price.request == Money(decimal: "0.01") && price.image == Money(decimal: "0.002"))
        #expect(model.imageTokens == 1500 && model.reasoningBesideLimit == 4000)
        #expect(model.ignoredMembers == ["x_trace", "metadata"])
    }

    @Test("an image with a price of its own takes no tokens unless it is said")
    func images() throws {
        #expect(try model(Self.usual + "image_usd = \"0.002\"").imageTokens == 0)
        #expect(try model(Self.usual).imageTokens == nil)
    }

    @Test("tiers and prices from a date on")
    func tiersAndDates() throws {
        let model = try model(
            Self.usual + """
                [[models.m.tiers]]
                above_tokens = 200000
                input_usd_per_million = "2"
                output_usd_per_million = "3"
                [[models.m.tiers]]
                above_tokens = 400000
                input_usd_per_million = "4"
                output_usd_per_million = "5"
                [[models.m.prices]]
                from = "2026-12-01"
                input_usd_per_million = "6"
                output_usd_per_million = "7"
                [[models.m.prices]]
                from = "2027-01-01T00:30:00+01:00"
                input_usd_per_million = "8"
                output_usd_per_million = "9"
                request_usd = "1"
                [[models.m.prices.tiers]]
                above_tokens = 10
                input_usd_per_million = "10"
                output_usd_per_million = "11"
                """)
        let prices = try #require(model.prices)
        #expect(prices.first.tiers.map(\.aboveTokens) == [200_000, 400_000])
        #expect(prices.first.tiers[1].rates == TokenRates(input: perMillion(4), output: perMillion(5)))
        #expect(prices.changes.map(\.from.description) == ["2026-12-01T00:00:00.000Z", "2026-12-31T23:30:00.000Z"])
        #expect(prices.changes[0].price == Price(input: perMillion(6), output: perMillion(7)))
        #expect(prices.changes[1].price.tiers.count == 1 && prices.changes[1].price.request == Money(decimal: "1"))
    }

    @Test(
        "moments in every offset",
        arguments: [
            ("2026-12-01", "2026-12-01T00:00:00.000Z"), ("2026-12-01T10:00:00Z", "2026-12-01T10:00:00.000Z"),
            ("2026-12-01T10:00:00.500Z", "2026-12-01T10:00:00.500Z"),
            ("2026-12-01T10:00:00-05:30", "2026-12-01T15:30:00.000Z"),
        ])
    func moments(text: String, expected: String) throws {
        let model = try model(Self.usual + "[[models.m.prices]]\nfrom = \"\(text)\"\n" + Self.usual)
        #expect(model.prices?.changes.first?.from.description == expected)
    }

    @Test("a discount is taken off every price")
    func discount() throws {
        let model = try model(
            Self.usual
                + "batch_discount = \"0.5\"\nrequest_usd = \"0.02\"\n[[models.m.prices]]\nfrom = \"2026-12-01\"\n"
                + "input_usd_per_million = \"3\"\noutput_usd_per_million = \"5\"")
        #expect(model.prices?.first.rates == TokenRates(input: Money(picodollars: 500_000), output: perMillion(1)))
        #expect(model.prices?.first.request == Money(decimal: "0.01"))
        #expect(model.prices?.changes[0].price.rates.output == Money(picodollars: 2_500_000))
    }

    @Test("a free model can have a price for a request")
    func freeTokens() throws {
        let price = try model("free = true\nrequest_usd = \"0.01\"").prices?.first
        #expect(
            price
                == Price(rates: TokenRates(input: .zero, output: .zero), request: try #require(Money(decimal: "0.01"))))
    }

    @Test("the endpoint says how many faults it may have")
    func faults() throws {
        #expect(try load([:]).models.endpoints["local"]?.usageFaultsMax == 100)
        let models = "endpoints.e = {url = \"http://h\", usage_faults_max = 3}\nmodels.m.free = true"
        #expect(try load(["models.toml": models]).models.endpoints["e"]?.usageFaultsMax == 3)
    }

    @Test("how many are in flight at an endpoint, and which share of retries it takes")
    func endpointLoad() throws {
        let models = """
            [endpoints.e]
            url = "http://localhost"
            concurrency = 48
            retry_share = 0.1
            [models.m]
            free = true
            """
        let endpoint = try load(["models.toml": models]).models.endpoints["e"]
        #expect(endpoint?.concurrency == 48 && endpoint?.retryShare == 0.1)
        let other = try load([:]).models.endpoints["local"]
        #expect(other?.concurrency == nil && other?.retryShare == 0.2)
    }

    @Test("what is wrong is refused with its line", arguments: wrong)
    func refused(refused: Refused) throws {
        #expect(try found(refused.text) == ["models.toml:\(refused.message)"])
    }

    private static func wrong(_ lines: String, _ message: String) -> Refused { Refused("models", lines, message) }

    private static let date = "[[models.m.prices]]\nfrom = \"2026-12-01\"\n"
    private static let tier = "[[models.m.tiers]]\nabove_tokens = 5\n"
    private static let halfAPrice =
        "needs input_usd_per_million and output_usd_per_million beside it: half a price is none"

    private static let wrong = [
        wrong(
            "batch_discount = \"0.3\"\ninput_usd_per_million = \"0.000001\"\noutput_usd_per_million = \"1\"",
            "5: `batch_discount` in [models.m] leaves a price that is finer than a picodollar a token"),
        wrong(
            "batch_discount = \"1\"",
            "5: `batch_discount` in [models.m] must be below 1 with at most 12 decimals, not \"1\""),
        wrong("request_usd = \"1\"", "5: `request_usd` in [models.m] \(halfAPrice)"),
        wrong("reasoning_usd_per_million = \"1\"", "5: `reasoning_usd_per_million` in [models.m] \(halfAPrice)"),
        wrong(
            usual + "[[models.m.tiers]]\ninput_usd_per_million = \"1\"",
            "7: value 1 of `tiers` in [models.m] needs a line above_tokens = 200000"),
        wrong(
            usual + tier + "input_usd_per_million = \"1\"",
            "7: value 1 of `tiers` in [models.m] needs output_usd_per_million beside it: half a price is none"),
        wrong(
            usual + tier + usual + tier + usual,
            "12: `above_tokens` in [models.m.tiers] must be above that of the tier before it"),
        wrong(
            usual + "[[models.m.prices]]\n" + usual,
            "7: value 1 of `prices` in [models.m] needs a line from = \"2026-12-01\""),
        wrong(
            usual + "[[models.m.prices]]\nfrom = \"2026-13-01\"\n" + usual,
            "8: `from` in [models.m.prices] must be a date such as \"2026-12-01\" (from its midnight in UTC on) or a "
                + "time with its offset such as \"2026-12-01T00:00:00+01:00\", not \"2026-13-01\""),
        wrong(
            usual + "[[models.m.prices]]\nfrom = 2026-12-01\n" + usual,
            "8: `from` in [models.m.prices] must be a date or time in a string, such as \"2026-12-01\", not a date "
                + "or time"),
        wrong(
            usual + date + usual + date + usual,
            "12: `from` in [models.m.prices] must be after that of the price before it"),
        wrong(
            date + usual,
            "5: `prices` in [models.m] needs a price that holds before: input_usd_per_million and "
                + "output_usd_per_million in the table of the model"),
        wrong(
            usual + date + "input_usd_per_million = \"0\"\noutput_usd_per_million = \"1\"",
            "9: `input_usd_per_million` in [models.m.prices] is zero: if that is meant, add free = true"),
        wrong(
            "price_of = \"x\"", "5: `price_of` in [models.m] needs a line price_file = \"FILE\" above all tables"),
    ]
}
