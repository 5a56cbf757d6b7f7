import BatchCore

/// models.toml: which.
struct ModelsFile {
    var endpoints: [String: Stated<EndpointDraft>] = [:]
    var models: [String: Stated<ModelDraft>] = [:]
    var routes: [String: Stated<RouteDraft>] = [:]

    static var form: Form<ModelsFile> {
        .table(
            ModelsFile(),
            [
                Key("endpoints", \.endpoints, .tables(names: nameProblem, { _ in EndpointDraft() }, endpointKeys)),
                Key("models", \.models, .tables(names: nameProblem, { _ in ModelDraft() }, modelKeys)),
                Key("routes", \.routes, .tables(names: nameProblem, { _ in RouteDraft() }, routeKeys)),
            ])
    }

    private static var endpointKeys: [Key<EndpointDraft>] {
        [
            Key("url", \.url, Form.endpointURL.stated),
            Key("api_key", \.apiKey, .apiKey),
        ]
    }

    private static var modelKeys: [Key<ModelDraft>] {
        [
            Key("endpoint", \.endpoint, Form.text.stated),
            Key("input_usd_per_million", \.input, Form.usdPerMillionTokens.stated),
            Key("cached_input_usd_per_million", \.cachedInput, Form.usdPerMillionTokens.stated),
            Key("output_usd_per_million", \.output, Form.usdPerMillionTokens.stated),
            Key("max_output_tokens", \.maxOutputTokens, .integer(1...1_000_000_000)),
            Key("context_tokens", \.contextTokens, .integer(1...100_000_000)),
            Key("free", \.free, Form.boolean.stated),
        ]
    }

    private static var routeKeys: [Key<RouteDraft>] {
        [
            Key("models", \.models, Form.list(of: Form.text.stated, naming: "at least one model").stated)
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
}

struct ModelDraft {
    var endpoint: Stated<String>?
    var input: Stated<Money>?
    var cachedInput: Stated<Money>?
    var output: Stated<Money>?
    /// A request that states no bound must get one, or its worst case has no end; a thousand tokens are an answer.
    var maxOutputTokens = 1024
    var contextTokens: Int?
    var free: Stated<Bool>?
}

struct RouteDraft {
    var models: Stated<[Stated<String>]>?
}
