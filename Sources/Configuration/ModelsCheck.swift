import BatchCore
import SystemPackage

// What models.toml must be as a whole: names that lead somewhere, prices that are whole.
extension ModelsFile {
    /// The least that works, for somebody who has not written it yet.
    static let example = """
            endpoints.local.url = "http://127.0.0.1:8080"
            models.NAME.endpoint = "local"
            models.NAME.free = true     # or: input_usd_per_million = "0.15" and output_usd_per_million = "0.60"
        """

    /// - Parameter directory: where the file is, and where a price file is looked for.
    /// - Returns: what the file says. It may be taken only if nothing was found.
    func catalogue(from directory: FilePath, _ findings: inout Findings) -> ModelCatalogue {
        let prices = prices(from: directory, &findings)
        if endpoints.isEmpty || models.isEmpty {
            let missing = [endpoints.isEmpty ? "endpoint" : nil, models.isEmpty ? "model" : nil].compactMap(\.self)
            findings.add("no \(missing.joined(separator: " and no ")); write, for example:\n\(Self.example)")
        }
        let known = models.reduce(into: [:]) { $0[$1.key] = model($1.key, $1.value, prices, &findings) }
        return ModelCatalogue(
            endpoints: endpoints.reduce(into: [:]) {
                $0[$1.key] = endpoint($1.key, $1.value, from: directory, &findings)
            },
            models: known, routes: routes.reduce(into: [:]) { $0[$1.key] = route($1.key, $1.value, known, &findings) })
    }

    private func endpoint(
        _ name: String, _ table: Stated<EndpointDraft>, from directory: FilePath, _ findings: inout Findings
    ) -> Endpoint? {
        guard let draft = table.value else { return nil }
        guard let url = draft.url else {
            findings.addMissing("url = \"http://127.0.0.1:8080\"", in: table)
            return nil
        }
        let batch = draft.batches(&findings)
        return url.value.map {
            Endpoint(
                name: name, url: $0, apiKey: draft.apiKey, usageFaultsMax: draft.usageFaultsMax, limits: draft.limits,
                concurrency: draft.concurrency, retryShare: draft.retryShare,
                transport: draft.transport.transport(to: $0, from: directory, &findings), interface: draft.interface,
                batch: batch)
        }
    }

    /// A request that states no bound must get one, or its worst case has no end; a thousand tokens are an answer.
    private static let maxOutputTokens = 1024

    private func model(
        _ name: String, _ table: Stated<ModelDraft>, _ file: PriceFile?, _ findings: inout Findings
    ) -> Model? {
        guard var draft = table.value else { return nil }
        if isSentByBatch(draft) { draft.takeBatchDiscount() }
        if file == nil, let priceOf = draft.priceOf, priceFile == nil {
            findings.add("\(priceOf.subject) needs a line price_file = \"FILE\" above all tables", line: priceOf.line)
        }
        let entry = file?.entry(draft.priceOf?.value ?? name)
        let found = draft.prices(in: file, entry, of: draft.priceOf?.value ?? name, &findings)
        guard let endpoint = endpoint(of: draft, table, &findings) else { return nil }
        var model = Model(
            name: name, endpoint: endpoint, prices: nil,
            maxOutputTokens: draft.maxOutputTokens ?? entry?.maxOutputTokens ?? Self.maxOutputTokens,
            contextTokens: draft.contextTokens ?? entry?.contextTokens)
        model.windowTokens = draft.contextTokens
        switch found {
        case .success(let prices): model.prices = prices
        case .failure(let problem): model.priceProblem = problem.reason
        }
        // Where an image has a price of its own, it may take no tokens.
        model.imageTokens = draft.imageTokens ?? (model.prices?.hasImagePrice == true ? 0 : nil)
        model.reasoningBesideLimit = draft.reasoningBesideLimit
        model.capabilities = draft.capabilities
        model.ignoredMembers = draft.ignoredMembers
        model.interface = endpoints[endpoint]?.value?.interface ?? .openAI
        return model
    }

    private func isSentByBatch(_ draft: ModelDraft) -> Bool {
        let name = draft.endpoint?.value ?? (endpoints.count == 1 ? endpoints.first?.key : nil)
        return name.flatMap { endpoints[$0]?.value?.batch } != nil
    }

    /// The names of models that are sent by batch, and of routes that have one.
    var namesByBatch: Set<String> {
        let models = Set(models.filter { $0.value.value.map(isSentByBatch) ?? false }.keys)
        let routes = routes.filter { route in
            (route.value.value?.names ?? []).contains { models.contains($0) }
        }
        return models.union(routes.keys)
    }

    /// The endpoint that a model names, or the only one there is.
    private func endpoint(
        of draft: ModelDraft, _ table: Stated<ModelDraft>, _ findings: inout Findings
    ) -> String? {
        guard let named = draft.endpoint else {
            if endpoints.count == 1 { return endpoints.first?.key }
            if !endpoints.isEmpty { findings.addMissing("endpoint = \"NAME\", as there are several", in: table) }
            return nil
        }
        if !endpoints.isEmpty { named.requireName(in: endpoints.keys, "names no endpoint", &findings) }
        return named.value
    }

    private func route(
        _ name: String, _ table: Stated<RouteDraft>, _ known: [String: Model], _ findings: inout Findings
    ) -> Route? {
        if models[name] != nil {
            findings.add("\(table.subject) has the name of a model: a line could not ask for both", line: table.line)
        }
        guard let draft = table.value else { return nil }
        guard let named = draft.models else {
            findings.addMissing("models = [\"NAME\"]", in: table)
            return nil
        }
        for model in named.value ?? [] where !models.isEmpty {
            model.requireName(in: models.keys, "is no model", &findings)
        }
        return Route(
            name: name, models: named.value?.compactMap(\.value) ?? [], order: draft.order,
            trial: draft.trial.flatMap { trial($0, beside: named, known, &findings) })
    }

    private func trial(
        _ table: Stated<TrialDraft>, beside named: Stated<[Stated<String>]>, _ known: [String: Model],
        _ findings: inout Findings
    ) -> Trial? {
        guard let draft = table.value else { return nil }
        guard let model = draft.model, let share = draft.share else {
            findings.addMissing(draft.model == nil ? "model = \"NAME\"" : "share = 0.05", in: table)
            return nil
        }
        if !models.isEmpty { model.requireName(in: models.keys, "is no model", &findings) }
        guard let name = model.value, let share = share.value else { return nil }
        if (named.value ?? []).contains(where: { $0.value == name }) {
            findings.add("\(model.subject) is tried on the route already: `models` names it", line: model.line)
        } else if let tried = known[name], tried.prices == nil {
            findings.add("\(model.subject) has no price: \(tried.priceProblem)", line: model.line)
        }
        return Trial(model: name, share: share)
    }
}

extension Stated<String> {
    /// Finds a name that leads nowhere.
    fileprivate func requireName(in known: some Collection<String>, _ predicate: String, _ findings: inout Findings) {
        guard let value, !known.contains(value) else { return }
        let hint = NearestName.hint(for: value, among: Array(known))
        findings.add("\(subject) \(predicate): `\(TomlPath.written(value))`\(hint)", line: line)
    }
}

extension Findings {
    /// A table that lacks a key it must have.
    mutating func addMissing<Value>(_ example: String, in table: Stated<Value>) {
        add("\(table.subject) needs a line \(example)", line: table.line)
    }
}
