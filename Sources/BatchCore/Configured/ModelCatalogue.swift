/// WHICH: the endpoints, models and routes of models.toml. Scheduling never looks in here.
package struct ModelCatalogue: Equatable, Sendable {
    package var endpoints: [String: Endpoint]
    package var models: [String: Model]
    package var routes: [String: Route]

    package init(endpoints: [String: Endpoint], models: [String: Model], routes: [String: Route] = [:]) {
        self.endpoints = endpoints
        self.models = models
        self.routes = routes
    }

    /// A name that a request line may ask for.
    package enum Selection: Equatable, Sendable {
        case model(Model)
        /// The models of a route, in the order in which they are tried; never empty.
        case route(String, [Model])

        package var candidates: [Model] {
            switch self {
            case .model(let model): [model]
            case .route(_, let models): models
            }
        }
    }

    /// - Returns: nil if the name is neither a model's nor a route's. A model goes before a route of the same name
    ///   (the configuration refuses such a pair).
    package func selection(named name: String) -> Selection? {
        if let model = models[name] { return .model(model) }
        return routes[name].map { route in .route(name, route.models.compactMap { models[$0] }) }
    }

    /// The catalogue as it is for lines that no new model is tried on.
    package var withoutTrials: ModelCatalogue {
        var catalogue = self
        for name in catalogue.routes.keys { catalogue.routes[name]?.trial = nil }
        return catalogue
    }

    /// The catalogue as it is at `time`: price changes that are over by then are left out.
    package func asOf(_ time: Timestamp) -> ModelCatalogue {
        ModelCatalogue(
            endpoints: endpoints,
            models: models.mapValues { model in
                var model = model
                model.prices = model.prices?.asOf(time)
                return model
            }, routes: routes)
    }
}

extension ModelCatalogue {
    /// The names of the models that may answer a line that asks for `name`, in the order in which they are tried.
    package func models(for name: String) -> [String] { selection(named: name)?.candidates.map(\.name) ?? [] }

    /// The models that may answer requests of a kind, in the order in which they are tried.
    package func candidates(of kind: RequestKind) -> [Model] {
        kind.models?.compactMap { models[$0] } ?? selection(named: kind.model)?.candidates ?? []
    }

    /// May an answer of the model stand for a request of the kind, whoever asks for it later? Only one of those whose
    /// names are in the request's key.
    package func isKnown(_ model: String, to kind: RequestKind) -> Bool {
        models(for: kind.model).contains(model) || kind.isTrial && kind.models?.first == model
    }
}

/// A server that answers requests.
package struct Endpoint: Equatable, Sendable {
    package var name: String
    /// The part before `/v1/...`, without a slash at its end.
    package var url: String
    package var apiKey: APIKeySource?
    package var interface: EndpointInterface
    /// How many answers may have a usage that cannot be true before nothing more is sent there; `usage_faults_max`.
    package var usageFaultsMax: Int
    package var limits: RateLimits
    package var transport: EndpointTransport
    /// Requests in flight at the most, over all jobs and lanes; `concurrency`. nil: as many as the lanes have.
    package var concurrency: Int?
    /// Attempts after the first of a line, for each first one; see `RetryBudget`.
    package var retryShare: Double
    /// Its models are sent by batch; nil: each request by itself.
    package var batch: BatchInterface?

    package init(
        name: String, url: String, apiKey: APIKeySource? = nil, usageFaultsMax: Int = 100,
        limits: RateLimits = RateLimits(), concurrency: Int? = nil, retryShare: Double = 0.2,
        transport: EndpointTransport = EndpointTransport(), interface: EndpointInterface = .openAI,
        batch: BatchInterface? = nil
    ) {
        self.name = name
        self.url = url
        self.apiKey = apiKey
        self.usageFaultsMax = usageFaultsMax
        self.limits = limits
        self.transport = transport
        self.interface = interface
        self.concurrency = concurrency
        self.retryShare = retryShare
        self.batch = batch
    }
}

/// Where a key is found; the key itself is in no configuration, log or report.
package enum APIKeySource: Equatable, Sendable {
    /// A file of that name in `$CREDENTIALS_DIRECTORY` (systemd.exec(5), LoadCredential=).
    case credential(String)
    /// An environment variable.
    case environment(String)
}

package struct Model: Equatable, Sendable {
    package var name: String
    package var endpoint: String
    /// nil: the price is not known, and lines that ask for the model are refused.
    package var prices: PriceList?
    /// Why the price is not known, and what to do about it.
    package var priceProblem = "state it in models.toml"
    /// The completion bound of a request that states none; it is put into such a request before it is sent.
    package var maxOutputTokens: Int
    /// No prompt is longer; nil: not known, and the bytes of the body are the only bound.
    package var contextTokens: Int?
    /// Nor are a prompt and its answer together; nil: not known. A price file tells how long a prompt may be, and not
    /// whether the answer has room beside it.
    package var windowTokens: Int?
    /// Prompt tokens that one image can take at the most, whatever its size and detail; nil: images are refused.
    package var imageTokens: Int?
    /// Reasoning tokens of one choice that its completion limit does not hold in; 0: the limit holds in all.
    package var reasoningBesideLimit = 0
    /// Lines that need anything else do not go to it.
    package var capabilities = Capabilities.all
    /// Of its endpoint.
    package var interface = EndpointInterface.openAI
    /// Members of a body that do not change this model's answer, beside those of the url's table.
    package var ignoredMembers: [String] = []

    package init(
        name: String, endpoint: String, prices: PriceList?, maxOutputTokens: Int, contextTokens: Int? = nil
    ) {
        self.name = name
        self.endpoint = endpoint
        self.prices = prices
        self.maxOutputTokens = maxOutputTokens
        self.contextTokens = contextTokens
        windowTokens = contextTokens
    }

    package init(name: String, endpoint: String, price: Price?, maxOutputTokens: Int, contextTokens: Int? = nil) {
        self.init(
            name: name, endpoint: endpoint, prices: price.map { PriceList($0) }, maxOutputTokens: maxOutputTokens,
            contextTokens: contextTokens)
    }
}

package struct Route: Equatable, Sendable {
    package var name: String
    /// Names of models; never empty.
    package var models: [String]
    package var order: RouteOrder
    /// A model that a share of the lines is tried on; nil: none.
    package var trial: Trial?

    package init(name: String, models: [String], order: RouteOrder = .stated, trial: Trial? = nil) {
        self.name = name
        self.models = models
        self.order = order
        self.trial = trial
    }
}
