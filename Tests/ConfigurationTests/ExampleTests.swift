import BatchCore
import Configuration
import SystemPackage
import Testing

@Suite("A configuration means exactly what it says")
struct ExampleTests {
    static let bobbin = """
        # bobbin.toml: when and how
        spool = "/var/spool/bobbin"
        shutdown_timeout = "45s"
        [lanes.default]
        concurrency = 16            # requests in flight
        shard_lines = 200
        bad_lines = 0.05
        [lanes.nightly]
        priority = 10
        windows = ["22:00-06:00", "12:30-24:00"]
        deadline = "24h"
        manifest = "required"
        settle = "500ms"
        reuse_sampled = false
        answer_max_age = "720h"
        [retry]
        attempts = 5
        base = "250ms"
        cap = "60s"
        request_timeout = "120s"
        [notify]
        exec = ["/usr/local/bin/tell", "{event}"]
        webhook = "https://example.org:8443/hook?room=spool"
        webhook_secret = "credential:hook"
        retry_base = "2s"
        """
    static let budget = """
        time_zone = "Europe/Berlin"
        when_exhausted = "reject"
        thresholds = [0.5, 0.8, 1]
        [day]
        usd = "25.00"
        tokens = 5000000
        [lanes.nightly]
        usd = "5.00"
        [models."org/other:7b"]
        tokens = 7
        [uids]
        1000 = { jobs = 5, spool_bytes = 7, usd = "3" }
        [uid]
        usd = "4"
        [job]
        usd = "2.000000000001"
        """
    static let models = """
        [endpoints.local]
        url = "http://127.0.0.1:8080/"
        api_key = "credential:openai"
        requests_per_minute = 600
        tokens_per_minute = 100_000
        [endpoints.far]
        url = "https://[2001:db8::1]:8443/gateway/"
        api_key = "env:OPENAI_API_KEY"
        [models.smollm2-135m]
        endpoint = "local"
        input_usd_per_million = "0.15"
        cached_input_usd_per_million = "0.075"
        output_usd_per_million = "0.60"
        max_output_tokens = 2048
        context_tokens = 8192
        [models."org/other:7b"]
        endpoint = "far"
        [models.own]
        endpoint = "local"
        free = true
        [routes.small]
        models = ["smollm2-135m", "org/other:7b"]
        """
    static let gate = """
        [checks]
        finish_reason = ["stop"]
        non_empty = false
        json = true
        must_match = "^[A-Z]"
        max_length = 4000
        [sample]
        acceptable = 0.01
        rejectable = 0.20
        alpha = 0.05
        beta = 0.10
        [canary]
        lines = 5
        """
    static let files = ["bobbin.toml": bobbin, "budget.toml": budget, "models.toml": models, "gate.toml": gate]

    @Test("bobbin.toml")
    func bobbin() throws {
        let configuration = try load(Self.files)
        var nightly = Lane(name: "nightly")
        nightly.priority = 10
        nightly.windows = [
            TimeWindow(startMinute: 22 * 60, endMinute: 6 * 60), TimeWindow(startMinute: 12 * 60 + 30, endMinute: 0),
        ]
        nightly.deadline = .seconds(86_400)
        nightly.manifestRequired = true
        nightly.settle = .milliseconds(500)
        nightly.reuseSampled = false
        nightly.answerMaxAge = .seconds(720 * 3600)
        #expect(configuration.lanes == ["default": Lane(name: "default"), "nightly": nightly])
        #expect(configuration.spool == "/var/spool/bobbin")
        #expect(configuration.shutdownTimeout == .seconds(45))
        #expect(configuration.retry.attempts == 5)
        #expect(configuration.retry.base == .milliseconds(250))
        #expect(configuration.retry.cap == .seconds(60))
        #expect(configuration.retry.requestTimeout == .seconds(120))
        var notify = NotifyPolicy(exec: ["/usr/local/bin/tell", "{event}"])
        notify.webhook = .init(url: "https://example.org:8443/hook?room=spool", secret: .credential("hook"))
        notify.retryBase = .seconds(2)
        #expect(configuration.notify == notify)
    }

    @Test("budget.toml")
    func budget() throws {
        var expected = BudgetPolicy()
        expected.timeZone = "Europe/Berlin"
        expected.whenExhausted = .reject
        expected.thresholds = [0.5, 0.8, 1.0]
        expected.day = Cap(usd: Money(picodollars: 25_000_000_000_000), tokens: 5_000_000)
        expected.lanes = ["nightly": Cap(usd: Money(picodollars: 5_000_000_000_000))]
        expected.models = ["org/other:7b": Cap(tokens: 7)]
        expected.uids = [1000: Cap(usd: Money(picodollars: 3_000_000_000_000))]
        expected.shares = [1000: SpoolShare(jobs: 5, bytes: 7)]
        expected.everyUID = Cap(usd: Money(picodollars: 4_000_000_000_000))
        expected.job = Cap(usd: Money(picodollars: 2_000_000_000_001))
        #expect(try load(Self.files).budget == expected)
    }

    @Test("models.toml")
    func models() throws {
        let price = Price(
            input: Money(picodollars: 150_000), cachedInput: Money(picodollars: 75_000),
            output: Money(picodollars: 600_000))
        let expected = ModelCatalogue(
            endpoints: [
                "local": Endpoint(
                    name: "local", url: "http://127.0.0.1:8080", apiKey: .credential("openai"),
                    limits: RateLimits(requestsPerMinute: 600, tokensPerMinute: 100_000)),
                "far": Endpoint(
                    name: "far", url: "https://[2001:db8::1]:8443/gateway", apiKey: .environment("OPENAI_API_KEY")),
            ],
            models: [
                "smollm2-135m": Model(
                    name: "smollm2-135m", endpoint: "local", price: price, maxOutputTokens: 2048, contextTokens: 8192),
                "org/other:7b": Model(name: "org/other:7b", endpoint: "far", price: nil, maxOutputTokens: 1024),
                "own": Model(
                    name: "own", endpoint: "local", price: Price(input: .zero, output: .zero), maxOutputTokens: 1024),
            ],
            routes: ["small": Route(name: "small", models: ["smollm2-135m", "org/other:7b"])])
        #expect(try load(Self.files).models == expected)
    }

    @Test("gate.toml")
    func gate() throws {
        var expected = GatePolicy()
        expected.checks.finishReasons = ["stop"]
        expected.checks.nonEmpty = false
        expected.checks.json = true
        expected.checks.mustMatch = ["^[A-Z]"]
        expected.checks.maxLength = 4000
        expected.sample.statedAcceptable = 0.01
        expected.rejectable = 0.20
        expected.canaryLines = 5
        #expect(try load(Self.files).gate.standard == expected)
    }

    @Test("gate.toml: a lane and a model change what they name")
    func gatesOfLanesAndModels() throws {
        let gate = """
            [checks]
            max_length = 100
            [sample]
            rejectable = 0.2
            [consequences]
            all_or_nothing = true
            [lanes.default.consequences]
            rejected = "escalate"
            [lanes.default.checks]
            json = true
            [lanes.default.canary]
            lines = 3
            [models.m.checks]
            finish_reason = ["length"]
            """
        var expected = GatePolicies()
        expected.standard.checks.maxLength = 100
        expected.standard.rejectable = 0.2
        expected.standard.consequences.allOrNothing = true
        var lane = expected.standard
        lane.consequences.rejected = .escalate
        lane.checks.json = true
        lane.canaryLines = 3
        expected.standard.checksByModel["m"] = expected.standard.checks
        expected.standard.checksByModel["m"]?.finishReasons = ["length"]
        lane.checksByModel["m"] = lane.checks
        lane.checksByModel["m"]?.finishReasons = ["length"]
        expected.byLane["default"] = lane
        #expect(try load(["gate.toml": gate]).gate == expected)
    }

    @Test("gate.toml: a judge begins where the file is, and a lane may have another one, or none")
    func judges() throws {
        let gate = """
            [judge]
            exec = ["/bin/sh", "./judge.sh"]
            workers = 4
            [lanes.default.judge]
            timeout = "2m"
            [lanes.nightly.judge]
            exec = []
            [lanes.asked.judge]
            model = "own"
            [lanes.told.judge]
            model = "r"
            instructions = "judge.txt"
            max_tokens = 200
            """
        let directory = try ScratchDirectory([
            "gate.toml": gate, "models.toml": Self.models + "\n[routes]\nr = { models = [\"own\"] }",
            "bobbin.toml": "[lanes.nightly]\n[lanes.asked]\n[lanes.told]", "judge.txt": "Is it kind?\n",
        ])
        let configuration = try Configuration.load(from: directory.path)
        let policies = configuration.gate
        var expected = JudgeProgram(exec: ["/bin/sh", "./judge.sh"], directory: directory.path.string)
        expected.workers = 4
        #expect(policies.standard.judge == .program(expected) && policies.byLane["nightly"]?.judge == nil)
        expected.timeout = .seconds(120)
        #expect(policies.byLane["default"]?.judge == .program(expected))
        #expect(policies.byLane["asked"]?.judge == .model(JudgeModel(name: "own")))
        var model = JudgeModel(name: "r")
        let instructions = directory.path.appending("judge.txt")
        (model.instructions, model.maxTokens) = (JudgeInstructions(text: "Is it kind?", path: instructions.string), 200)
        #expect(policies.byLane["told"]?.judge == .model(model))
        #expect(configuration.namedFiles == [instructions])
    }

    @Test("one endpoint and one model are enough: the rest has its defaults")
    func defaults() throws {
        let configuration = try load([:])
        #expect(configuration.spool == nil)
        #expect(configuration.lanes == ["default": Lane(name: "default")])
        #expect(configuration.retry == RetryPolicy())
        #expect(configuration.notify == NotifyPolicy())
        #expect(configuration.shutdownTimeout == .seconds(30))
        #expect(configuration.budget == BudgetPolicy())
        #expect(configuration.gate == GatePolicies())
        #expect(configuration.models.models["m"]?.prices == nil)
    }

    @Test("the least that the message proposes is enough, with one file")
    func proposal() throws {
        let message = try #require(try problems(["models.toml": ""]).first)
        let proposed = message.split(separator: "\n").dropFirst().joined(separator: "\n")
        let model = try #require(try load(["models.toml": proposed]).models.models["NAME"])
        #expect(
            model
                == Model(
                    name: "NAME", endpoint: "local", price: Price(input: .zero, output: .zero), maxOutputTokens: 1024))
    }

    @Test("a model needs to name its endpoint only where there are several")
    func onlyEndpoint() throws {
        let models = "endpoints.here.url = \"http://localhost\"\nmodels.m.context_tokens = 4096"
        #expect(try load(["models.toml": models]).models.models["m"]?.endpoint == "here")
    }

    @Test("a [day] with tokens alone keeps the cap in USD, and zero is a cap")
    func caps() throws {
        #expect(try load(["budget.toml": "day.tokens = 10"]).budget.day == Cap(usd: BudgetPolicy().day.usd, tokens: 10))
        #expect(try load(["budget.toml": "[day]\nusd = \"0\""]).budget.day == Cap(usd: .zero))
    }

    @Test("a relative spool begins at the configuration's directory")
    func relativeSpool() throws {
        let directory = try ScratchDirectory(["bobbin.toml": "spool = \"../spool\"", "models.toml": goodModels])
        #expect(try Configuration.load(from: directory.path).spool == "/tmp/spool")
    }

    @Test(
        "durations in every unit",
        arguments: [
            ("1ms", Duration.milliseconds(1)), ("90s", .seconds(90)), ("5m", .seconds(300)), ("24h", .seconds(86_400)),
            ("7d", .seconds(604_800)), ("3650d", .seconds(315_360_000)),
        ])
    func durations(text: String, expected: Duration) throws {
        #expect(try load(["bobbin.toml": "shutdown_timeout = \"\(text)\""]).shutdownTimeout == expected)
    }

    @Test("byte order mark, CRLF and a missing last newline are TOML")
    func lineEnds() throws {
        #expect(try load(["bobbin.toml": "\u{feff}spool = \"/s\"\r\n[retry]\r\nattempts = 2"]).retry.attempts == 2)
    }
}
