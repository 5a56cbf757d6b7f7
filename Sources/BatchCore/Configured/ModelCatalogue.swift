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
}

extension ModelCatalogue {
    /// The names of the models that may answer a line that asks for `name`, in the order in which they are tried.
    package func models(for name: String) -> [String] { selection(named: name)?.candidates.map(\.name) ?? [] }
}

/// A server with an OpenAI-compatible interface.
package struct Endpoint: Equatable, Sendable {
    package var name: String
    /// The part before `/v1/...`, without a slash at its end.
    package var url: String
    package var apiKey: APIKeySource?

    package init(name: String, url: String, apiKey: APIKeySource? = nil) {
        self.name = name
        self.url = url
        self.apiKey = apiKey
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
    package var price: Price?
    /// The completion bound of a request that states none; it is put into such a request before it is sent.
    package var maxOutputTokens: Int
    /// No prompt is longer; nil: not known, and the bytes of the body are the only bound.
    package var contextTokens: Int?

    package init(name: String, endpoint: String, price: Price?, maxOutputTokens: Int, contextTokens: Int? = nil) {
        self.name = name
        self.endpoint = endpoint
        self.price = price
        self.maxOutputTokens = maxOutputTokens
        self.contextTokens = contextTokens
    }
}

package struct Route: Equatable, Sendable {
    package var name: String
    /// Names of models, in the order in which they are tried; never empty.
    package var models: [String]

    package init(name: String, models: [String]) {
        self.name = name
        self.models = models
    }
}
