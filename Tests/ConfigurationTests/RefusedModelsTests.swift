import Configuration
import Testing

extension RefusedTests {
    static let models = [
        model("endpoint = \"locl\"", "4: `endpoint` in [models.m] names no endpoint: `locl`; did you mean `local`?"),
        model(
            "input_usd_per_million = 0.15\noutput_usd_per_million = \"0.60\"",
            "4: `input_usd_per_million` in [models.m] must not be a bare number; write it as a string: \"25.00\""),
        model(
            "input_usd_per_million = \"0.15\"",
            "4: `input_usd_per_million` in [models.m] needs output_usd_per_million beside it: half a price is none"),
        model(
            "cached_input_usd_per_million = \"0.15\"",
            "4: `cached_input_usd_per_million` in [models.m] needs input_usd_per_million and output_usd_per_million "
                + "beside it: half a price is none"),
        model(
            "output_usd_per_million = \"0.0000001\"\ninput_usd_per_million = \"1\"",
            "4: `output_usd_per_million` in [models.m] is finer than a picodollar a token: write at most 6 decimals, "
                + "not \"0.0000001\""),
        model(
            "input_usd_per_million = \"0\"\noutput_usd_per_million = \"1\"",
            "4: `input_usd_per_million` in [models.m] is zero: if that is meant, add free = true"),
        model(
            "input_usd_per_million = \"1\"\noutput_usd_per_million = \"1\"\nfree = true",
            "6: `free` in [models.m] says that a price is meant to be zero, and none is"),
        model(
            "max_output_tokens = 0",
            "4: `max_output_tokens` in [models.m] must be a whole number from 1 to 1000000000, not 0"),
        model(
            "context_tokens = \"8k\"",
            "4: `context_tokens` in [models.m] must be a whole number from 1 to 100000000, not a string"),
        model(
            "ignored_members = [\n\"x_trace\",\n\"temperature\"]",
            "6: value 2 of `ignored_members` in [models.m] must not be `temperature`: it changes the answer or what it "
                + "may cost"),
        model(
            "price = 1",
            "4: unknown key `price` in [models.m]; did you mean `prices`?"),
        model(
            "[routes.m]\nmodels = [\"m\"]",
            "4: `m` in [routes] has the name of a model: a line could not ask for both"),
        model(
            "[routes.r]\nmodels = [\"n\"]", "5: value 1 of `models` in [routes.r] is no model: `n`; did you mean `m`?"),
        model(
            "capabilities = [\"json_schema\",\n\"tool\"]",
            "5: value 2 of `capabilities` in [models.m] is no capability: `tool`; did you mean `tools`?"),
        model(
            "[routes.r]\nmodels = [\"m\"]\norder = \"cheap\"",
            "6: `order` in [routes.r] must be \"stated\" or \"cheapest\", not \"cheap\""),
        model(
            "[routes.r]\nmodels = [\"m\"]\ntrial = { model = \"m\", share = 0.1 }",
            "6: `model` in [routes.r.trial] is tried on the route already: `models` names it"),
        model(
            "[routes.r]\nmodels = [\"m\"]\ntrial = { model = \"mm\", share = 0.1 }",
            "6: `model` in [routes.r.trial] is no model: `mm`; did you mean `m`?"),
        model(
            "[models.new]\n[routes.r]\nmodels = [\"m\"]\n[routes.r.trial]\nmodel = \"new\"\nshare = 0.1",
            "8: `model` in [routes.r.trial] has no price: state it in models.toml"),
        model(
            "[routes.r]\nmodels = [\"m\"]\ntrial = { model = \"m\" }",
            "6: `trial` in [routes.r] needs a line share = 0.05"),
        model(
            "[routes.r]\nmodels = [\"m\"]\ntrial = { model = \"m\", share = 1 }",
            "6: `share` in [routes.r.trial] must be a number above 0 and below 1, the share of the lines, not 1.0"),
        model("[routes.r]\nmodels = []", "5: `models` in [routes.r] must name at least one model"),
        model("[routes.r]", "4: `r` in [routes] needs a line models = [\"NAME\"]"),
        model(
            "[endpoints.other]\nurl = \"http://localhost\"",
            "3: `m` in [models] needs a line endpoint = \"NAME\", as there are several"),
        endpoint("", "1: `e` in [endpoints] needs a line url = \"http://127.0.0.1:8080\""),
        endpoint(
            "url = \"http://h\"\nrequests_per_minute = 0",
            "3: `requests_per_minute` in [endpoints.e] must be a whole number from 1 to 1000000000, not 0"),
        endpoint(
            "url = \"http://h\"\ntokens_per_minute = \"100k\"",
            "3: `tokens_per_minute` in [endpoints.e] must be a whole number from 1 to 1000000000, not a string"),
        endpoint(
            "url = \"http://h\"\nconcurrency = 0",
            "3: `concurrency` in [endpoints.e] must be a whole number from 1 to 1000000, not 0"),
        endpoint(
            "url = \"http://h\"\nretry_share = 20",
            "3: `retry_share` in [endpoints.e] must be a number from 0 to 1, not 20.0"),
        endpoint(
            "url = \"http://h\"\nrequest_per_minute = 60",
            "3: unknown key `request_per_minute` in [endpoints.e]; did you mean `requests_per_minute`?"),
        endpoint("url = 8080", "2: `url` in [endpoints.e] must be a string, not an integer"),
        endpoint(
            "url = \"http://localhost:8080/v1/\"",
            "2: `url` in [endpoints.e] must end before /v1: "
                + "/v1/... is appended as the line's url says"),
    ]

    private static func model(_ lines: String, _ message: String) -> Refused {
        Refused("models", "[endpoints.local]\nurl = \"http://localhost\"\n[models.m]\n\(lines)", message)
    }

    private static func endpoint(_ lines: String, _ message: String) -> Refused {
        Refused("models", "[endpoints.e]\n\(lines)\n[models.m]\nendpoint = \"e\"", message)
    }

    @Test(
        "URLs that are none, or hold more than an address",
        arguments: [
            "localhost:8080", "ftp://localhost", "http://", "http:///path", "http://user:pass@host", "http://host:0",
            "http://host:65536", "http://host:", "http://ho st", "http://host/a?b", "http://host/#a", "http://[::1",
            "HTTP://host",
            "http://[]", "http://h\u{f6}st",
        ])
    func urls(url: String) throws {
        let models = "endpoints.e.url = \"\(url)\"\nmodels.m.endpoint = \"e\""
        let found = try problems(["models.toml": models])
        #expect(
            found == [
                "models.toml:1: `url` in [endpoints.e] must be http(s)://host[:port][/prefix], "
                    + "without user, query or fragment"
            ])
    }

    @Test(
        "a key where its place should be named, without repeating it",
        arguments: [
            "sk-secret", "credential:", "credential:../secret", "credential:a/secret", "env:", "env:1secret",
            "env:sec-ret",
            "Bearer secret", "credential:..", "", "file:secret", "credential:sk-\\u0000secret",
        ])
    func apiKeys(key: String) throws {
        let models = "endpoints.e.url = \"http://h\"\nendpoints.e.api_key = \"\(key)\"\nmodels.m.endpoint = \"e\""
        let found = try problems(["models.toml": models])
        #expect(
            found == [
                "models.toml:2: `api_key` in [endpoints.e] must be \"credential:NAME\" or \"env:NAME\", "
                    + "never the key itself"
            ])
    }

    @Test(
        "a key that was pasted in any other way is not repeated either",
        arguments: [
            "api_key = secret", "api_key \"secret\"", "api_key = \"secret", "api_key = [\"secret\"]",
            "api_key = 'secret' x",
            "url = \"http://secret@host\"", "api_key = { a = \"secret\" }",
        ])
    func pasted(line: String) throws {
        let found = try problems(["models.toml": "[endpoints.e]\n\(line)\n[models.m]\nendpoint = \"e\""])
        #expect(!found.isEmpty)
        #expect(found.allSatisfy { !$0.contains("secret") })
    }

    @Test(
        "nothing to send to: the message says what to write",
        arguments: [
            ("", "no endpoint and no model"), ("[models.m]", "no endpoint"),
            ("[endpoints.e]\nurl = \"http://h\"", "no model"),
        ])
    func nothing(text: String, missing: String) throws {
        let expected = """
            models.toml: \(missing); write, for example:
                endpoints.local.url = "http://127.0.0.1:8080"
                models.NAME.endpoint = "local"
                models.NAME.free = true     # or: input_usd_per_million = "0.15" and output_usd_per_million = "0.60"
            """
        #expect(try problems(["models.toml": text]) == [expected])
    }
}
