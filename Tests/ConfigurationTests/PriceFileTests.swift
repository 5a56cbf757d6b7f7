import BatchCore
import Configuration
import SystemPackage
import Testing

@Suite("A price file of somebody else's is read exactly; what cannot be used of it leaves a model without a price")
struct PriceFileTests {
    private func load(_ entry: String, model: String = "", named: String = "m") throws -> Configuration {
        let directory = try ScratchDirectory([
            "models.toml": "price_file = \"prices.json\"\n\(goodModels)\n\(model)",
            "prices.json": "{\"sample_spec\": {\"max_tokens\": \"a sentence\"}, \"\(named)\": \(entry)}",
        ])
        return try Configuration.load(from: directory.path)
    }

    private func model(_ entry: String, model: String = "", named: String = "m") throws -> Model {
        try #require(try load(entry, model: model, named: named).models.models["m"])
    }

    private func pico(_ amount: Int128) -> Money { Money(picodollars: amount) }

    @Test("costs, limits and tiers")
    func whole() throws {
        let model = try model(
            """
            {"mode": "chat", "input_cost_per_token": 1.25e-06, "output_cost_per_token": 1e-05,
             "cache_read_input_token_cost": 3.125e-07, "output_cost_per_reasoning_token": 1.1e-05,
             "input_cost_per_token_above_200k_tokens": 2.5e-06, "output_cost_per_token_above_200k_tokens": 1.5e-05,
             "cache_read_input_token_cost_above_200k_tokens": 6.25e-07,
             "input_cost_per_token_priority": 9e-06, "input_cost_per_audio_token": 7e-06,
             "max_input_tokens": 1048576, "max_output_tokens": 65535, "max_tokens": 1, "supports_vision": true}
            """)
        let price = try #require(model.prices?.first)
        #expect(
            price.rates
                == TokenRates(
                    input: pico(1_250_000), cachedInput: pico(312_500), output: pico(10_000_000),
                    reasoning: pico(11_000_000)))
        #expect(
            price.tiers == [
                .init(
                    aboveTokens: 200_000,
                    rates: TokenRates(input: pico(2_500_000), cachedInput: pico(625_000), output: pico(15_000_000)))
            ])
        #expect(model.maxOutputTokens == 65_535 && model.contextTokens == 1_048_576 && model.imageTokens == nil)
        #expect(model.windowTokens == nil, "the answer may have room beside the prompt")
    }

    @Test("a tier that states no cached price has that below it, or its own input price where there is none")
    func tierDefaults() throws {
        let tier =
            #""input_cost_per_token": 1e-6, "output_cost_per_token": 1e-6, "input_cost_per_token_above_128k_tokens": 2e-6"#
        #expect(
            try model("{\(tier)}").prices?.first.tiers.first?.rates
                == TokenRates(input: pico(2_000_000), output: pico(1_000_000)))
        #expect(
            try model("{\(tier), \"cache_read_input_token_cost\": 1e-7}").prices?.first.tiers.first?.rates.cachedInput
                == pico(100_000))
        #expect(try model("{\(tier)}").prices?.first.tiers.first?.aboveTokens == 128_000)
        #expect(try model("{\(tier), \"litellm_provider\": \"xai\"}").prices?.first.tiers.first?.aboveTokens == 127_999)
    }

    @Test("a list of ranges is tiers, in whatever order it stands")
    func ranges() throws {
        let price = try model(
            """
            {"tiered_pricing": [
              {"input_cost_per_token": 2e-07, "output_cost_per_token": 4e-06, "range": [256000.0, 1000000.0]},
              {"input_cost_per_token": 1e-07, "output_cost_per_token": 2e-06, "output_cost_per_reasoning_token": 3e-06,
               "cache_read_input_token_cost": 1e-08, "range": [0, 256000.0]}]}
            """
        ).prices?.first
        let low = TokenRates(
            input: pico(100_000), cachedInput: pico(10_000), output: pico(2_000_000), reasoning: pico(3_000_000))
        let high = TokenRates(input: pico(200_000), output: pico(4_000_000))
        #expect(price == Price(rates: low, tiers: [.init(aboveTokens: 256_000, rates: high)]))
    }

    @Test("what models.toml states goes before the file, and the name in the file can be another")
    func precedence() throws {
        let entry =
            #"{"input_cost_per_token": 1e-6, "output_cost_per_token": 2e-6, "max_output_tokens": 5, "max_input_tokens": 6}"#
        let own = try model(
            entry,
            model:
                "input_usd_per_million = \"7\"\noutput_usd_per_million = \"8\"\nmax_output_tokens = 9\ncontext_tokens = 10"
        )
        #expect(own.prices?.first == Price(input: pico(7_000_000), output: pico(8_000_000)))
        #expect(own.maxOutputTokens == 9 && own.contextTokens == 10 && own.windowTokens == 10)
        let other = try model(entry, model: "price_of = \"org/x\"\nrequest_usd = \"1\"", named: "org/x")
        #expect(other.prices?.first.rates == TokenRates(input: pico(1_000_000), output: pico(2_000_000)))
        #expect(other.prices?.first.request == Money(decimal: "1") && other.maxOutputTokens == 5)
    }

    @Test("the batch prices of a model that asks for them, and a discount")
    func batches() throws {
        let entry =
            #"{"input_cost_per_token": 1e-6, "output_cost_per_token": 2e-6, "input_cost_per_token_batches": 5e-7, "output_cost_per_token_batches": 1e-6}"#
        #expect(
            try model(entry, model: "batch_prices = true").prices?.first
                == Price(input: pico(500_000), output: pico(1_000_000)))
        #expect(
            try model(entry, model: "batch_discount = \"0.25\"").prices?.first
                == Price(input: pico(750_000), output: pico(1_500_000)))
    }

    @Test("an embedding has no completion, and none for nothing")
    func embedding() throws {
        let price = try model(#"{"mode": "embedding", "input_cost_per_token": 2e-8, "output_cost_per_token": 0.0}"#)
            .prices
        #expect(price?.first == Price(input: pico(20_000), output: pico(20_000)))
    }

    @Test("zero is a price only where the model says that it is free")
    func zero() throws {
        let entry = #"{"input_cost_per_token": 0.0, "output_cost_per_token": 0}"#
        #expect(try model(entry).prices == nil)
        #expect(try model(entry).priceProblem == "it is zero in prices.json: if that is meant, add free = true")
        #expect(try model(entry, model: "free = true").prices?.first == Price(input: .zero, output: .zero))
    }

    @Test(
        "what cannot be used leaves no price, with the reason, and the configuration stands",
        arguments: [
            ("7", "it has no input_cost_per_token there (prices.json, \"m\")"),
            ("{\"input_cost_per_token\": 1e-6}", "it has no output_cost_per_token there (prices.json, \"m\")"),
            (
                "{\"input_cost_per_token\": 1.5e-13, \"output_cost_per_token\": 1e-6}",
                "input_cost_per_token is 1.5e-13 there: no amount of whole picodollars from 0 to 1000 (prices.json, \"m\")"
            ),
            (
                "{\"input_cost_per_token\": 1e-6, \"output_cost_per_token\": -1e-6}",
                "output_cost_per_token is -1e-6 there: no amount of whole picodollars from 0 to 1000 (prices.json, \"m\")"
            ),
            (
                "{\"mode\": \"image_generation\"}",
                "its mode there is image_generation, which is not billed by token (prices.json, \"m\")"
            ),
            (
                "{\"tiered_pricing\": [{\"max_results_range\": [0, 5], \"input_cost_per_query\": 1}]}",
                "its tiered_pricing there has no range of tokens (prices.json, \"m\")"
            ),
        ])
    func unusable(entry: String, reason: String) throws {
        #expect(try model(entry).prices == nil)
        #expect(try model(entry).priceProblem == reason)
    }

    @Test("a model that is not in the file says so")
    func missing() throws {
        #expect(try model("{}", named: "other").priceProblem == "prices.json has no \"m\"")
    }

    @Test("a file that is not there or no JSON is wrong in models.toml", arguments: [nil, "{", "[]"] as [String?])
    func noFile(text: String?) throws {
        var files = ["models.toml": "price_file = \"prices.json\"\n\(goodModels)"]
        files["prices.json"] = text
        let found = try problems(files)
        #expect(found.count == 1 && found[0].hasPrefix("models.toml:1: `price_file` names a file that "), "\(found)")
    }

    @Test("its change is seen")
    func stamp() throws {
        let directory = try ScratchDirectory(["models.toml": goodModels, "prices.json": "{}"])
        let path = directory.path.appending("prices.json")
        let before = ConfigurationStamp(of: directory.path, namedFiles: [path])
        #expect(!ConfigurationStamp(of: directory.path, namedFiles: [path]).isChanged(since: before))
        try directory.write("{ }", to: "prices.json")
        let after = ConfigurationStamp(of: directory.path, namedFiles: [path])
        #expect(after.isChanged(since: before) && after.changedFiles(since: before) == [path.string])
        #expect(after.isChanged(since: ConfigurationStamp(of: directory.path)))
    }
}
