import BatchCore
import Configuration
import Testing

@Suite("An endpoint can say that its models are sent by batch, and they cost half of what they state")
struct BatchEndpointTests {
    private func models(_ endpoint: String, _ model: String) throws -> ModelCatalogue {
        try load([
            "models.toml": """
            [endpoints.e]
            url = "http://local"
            \(endpoint)
            [models.m]
            input_usd_per_million = "1"
            output_usd_per_million = "3"
            \(model)
            """
        ]).models
    }

    private func input(_ catalogue: ModelCatalogue) -> Int128? {
        catalogue.models["m"]?.prices?.first.rates.input.picodollars
    }

    @Test("half where nothing else is said, else what the model says")
    func discount() throws {
        #expect(try input(models("", "")) == 1_000_000)
        let batch = "batch = \"openai\""
        #expect(try input(models(batch, "")) == 500_000)
        #expect(try input(models(batch, "batch_discount = \"0.25\"")) == 750_000)
        #expect(try input(models(batch, "batch_discount = \"0\"")) == 1_000_000)
    }

    @Test("dated prices are halved, too")
    func dated() throws {
        let later = "prices = [{from = 2027-01-01, input_usd_per_million = \"4\", output_usd_per_million = \"4\"}]"
        let stated = later.replacing("2027-01-01", with: "\"2027-01-01\"")
        let change = try models("batch = \"openai\"", stated).models["m"]?.prices?.changes.first
        #expect(change?.price.rates.input.picodollars == 2_000_000)
    }

    @Test("its keys")
    func keys() throws {
        let keys = "batch_poll = \"5s\"\nbatch_lookup = \"1h\"\nbatch_at_stop = \"cancel\""
        let endpoint = try models("batch = \"openai\"\n\(keys)", "").endpoints["e"]
        var wanted = BatchInterface(.openAI)
        (wanted.poll, wanted.lookup, wanted.atStop) = (.seconds(5), .seconds(3600), .cancel)
        #expect(endpoint?.batch == wanted)
        #expect(try models("", "").endpoints["e"]?.batch == nil)
        let other = try models("interface = \"anthropic\"\nbatch = \"anthropic\"", "").endpoints["e"]
        #expect(other?.batch?.kind == .anthropic && other?.batch?.linesMax == 100_000)
        #expect(throws: ConfigurationError.self) { try models("batch = \"anthropic\"", "") }
        #expect(throws: ConfigurationError.self) { try models("batch_lookup = \"1h\"", "") }
    }
}
