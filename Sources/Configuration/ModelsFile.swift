import BatchCore
import SystemPackage

/// models.toml: which.
struct ModelsFile {
    var endpoints: [String: Stated<EndpointDraft>] = [:]
    var models: [String: Stated<ModelDraft>] = [:]
    var routes: [String: Stated<RouteDraft>] = [:]
    /// As the file has it: perhaps relative.
    private(set) var priceFile: Stated<String>?

    static var form: Form<ModelsFile> {
        .table(
            ModelsFile(),
            [
                Key("endpoints", \.endpoints, .tables(names: nameProblem, { _ in EndpointDraft() }, endpointKeys)),
                Key("models", \.models, .tables(names: nameProblem, { _ in ModelDraft() }, modelKeys)),
                Key("routes", \.routes, .tables(names: nameProblem, { _ in RouteDraft() }, routeKeys)),
                Key("price_file", \.priceFile, Form.text.stated),
            ])
    }

    /// Where the price file is; nil: there is none. A relative path begins where models.toml is.
    func priceFile(from directory: FilePath) -> FilePath? {
        priceFile?.value.map { directory.pushing(FilePath($0)).lexicallyNormalized() }
    }

    /// The price file, read; nil: there is none, or it cannot be used, and a finding says why.
    func prices(from directory: FilePath, _ findings: inout Findings) -> PriceFile? {
        guard let priceFile, let name = priceFile.value, let path = self.priceFile(from: directory) else { return nil }
        do throws(Refusal) { return try PriceFile(path, name: name) } catch {
            findings.add("\(priceFile.subject) \(error.predicate)", line: priceFile.line)
            return nil
        }
    }

    private static var endpointKeys: [Key<EndpointDraft>] {
        [
            Key("url", \.url, Form.endpointURL.stated),
            Key("api_key", \.apiKey, .apiKey),
            Key("interface", \.interface, .word(["openai": .openAI, "anthropic": .anthropic])),
            Key("usage_faults_max", \.usageFaultsMax, .integer(1...1_000_000_000)),
            Key("requests_per_minute", \.limits.requestsPerMinute, .integer(1...1_000_000_000)),
            Key("tokens_per_minute", \.limits.tokensPerMinute, .integer(1...1_000_000_000)),
            Key("concurrency", \.concurrency, .integer(1...1_000_000)),
            Key("retry_share", \.retryShare, .number("a number from 0 to 1") { 0...1 ~= $0 }),
            Key("batch", \.batch, Form.word(["openai": BatchInterface.Kind.openAI, "anthropic": .anthropic]).stated),
            Key("batch_poll", \.batchPoll, Form.duration.stated),
            Key("batch_lookup", \.batchLookup, Form.duration.stated),
            Key(
                "batch_at_stop", \.batchAtStop,
                Form.word(["keep": BatchInterface.AtStop.keep, "cancel": .cancel]).stated),
        ] + TransportDraft.keys(at: \.transport)
    }

    private static var modelKeys: [Key<ModelDraft>] {
        [
            Key("endpoint", \.endpoint, Form.text.stated),
            Key("prices", \.changes, Form.array(of: DatedPriceDraft.form.stated).stated),
            Key("price_of", \.priceOf, Form.text.stated),
            Key("batch_prices", \.takesBatchPrices, .boolean),
            Key("batch_discount", \.discount, Form.discount.stated),
            Key("max_output_tokens", \.maxOutputTokens, .integer(1...1_000_000_000)),
            Key("context_tokens", \.contextTokens, .integer(1...100_000_000)),
            Key("image_tokens", \.imageTokens, .integer(1...10_000_000)),
            Key("reasoning_beside_limit_tokens", \.reasoningBesideLimit, .integer(0...1_000_000_000)),
            Key("capabilities", \.capabilities, .capabilities),
            Key("ignored_members", \.ignoredMembers, .array(of: .ignorableMember)),
            Key("free", \.free, Form.boolean.stated),
        ] + PriceDraft.keys(at: \.price)
    }

    private static var routeKeys: [Key<RouteDraft>] {
        [
            Key("models", \.models, Form.list(of: Form.text.stated, naming: "at least one model").stated),
            Key("order", \.order, .word(["stated": .stated, "cheapest": .cheapest])),
            Key("trial", \.trial, Form.table(TrialDraft(), TrialDraft.keys).stated),
        ]
    }

    /// Names are the provider's own (`org/model:tag`), so nearly everything is one.
    private static func nameProblem(_ name: String) -> String? {
        guard 1...256 ~= name.utf8.count, TomlPath.printable(name) == name else {
            return "a name must be 1 to 256 bytes without control characters, not `\(TomlPath.written(name))`"
        }
        return nil
    }
}

struct EndpointDraft {
    var url: Stated<String>?
    var apiKey: APIKeySource?
    var interface = EndpointInterface.openAI
    /// So many are no slip of a single answer; and on the way to them not much is booked on their word.
    var usageFaultsMax = 100
    var limits = RateLimits()
    var transport = TransportDraft()
    var concurrency: Int?
    /// A server of which more than every sixth answer has to be asked for again is in trouble.
    var retryShare = 0.2
    var batch: Stated<BatchInterface.Kind>?
    var batchPoll: Stated<Duration>?
    var batchLookup: Stated<Duration>?
    var batchAtStop: Stated<BatchInterface.AtStop>?

    /// nil: its models are sent request by request.
    func batches(_ findings: inout Findings) -> BatchInterface? {
        guard let batch else {
            let stated = [
                batchPoll.map { ($0.subject, $0.line) }, batchLookup.map { ($0.subject, $0.line) },
                batchAtStop.map { ($0.subject, $0.line) },
            ]
            for (subject, line) in stated.compactMap(\.self) {
                findings.add("\(subject) needs a line batch = \"openai\" beside it", line: line)
            }
            return nil
        }
        guard let kind = batch.value else { return nil }
        if kind.rawValue != interface.rawValue {
            findings.add(
                "\(batch.subject) needs a line interface = \"\(kind.rawValue)\" beside it", line: batch.line)
        }
        var batches = BatchInterface(kind)
        if let poll = batchPoll?.value { batches.poll = poll }
        if let lookup = batchLookup?.value { batches.lookup = lookup }
        if let atStop = batchAtStop?.value { batches.atStop = atStop }
        return batches
    }
}

struct ModelDraft {
    var endpoint: Stated<String>?
    var price = PriceDraft()
    var changes: Stated<[Stated<DatedPriceDraft>]>?
    /// The name of the model in the price file; its own where none is stated.
    var priceOf: Stated<String>?
    var takesBatchPrices = false
    var discount: Stated<Discount>?
    var maxOutputTokens: Int?
    var contextTokens: Int?
    var imageTokens: Int?
    var reasoningBesideLimit = 0
    var capabilities = Capabilities.all
    var ignoredMembers: [String] = []
    var free: Stated<Bool>?
}

struct RouteDraft {
    var models: Stated<[Stated<String>]>?
    var order = RouteOrder.stated
    var trial: Stated<TrialDraft>?
}
