import BatchCore

// What models.toml must be as a whole: names that lead somewhere, prices that are whole.
extension ModelsFile {
    /// The least that works, for somebody who has not written it yet.
    static let example = """
            endpoints.local.url = "http://127.0.0.1:8080"
            models.NAME.endpoint = "local"
            models.NAME.free = true     # or: input_usd_per_million = "0.15" and output_usd_per_million = "0.60"
        """

    /// - Returns: what the file says. It may be taken only if nothing was found.
    func catalogue(_ findings: inout Findings) -> ModelCatalogue {
        if endpoints.isEmpty || models.isEmpty {
            let missing = [endpoints.isEmpty ? "endpoint" : nil, models.isEmpty ? "model" : nil].compactMap(\.self)
            findings.add("no \(missing.joined(separator: " and no ")); write, for example:\n\(Self.example)")
        }
        return ModelCatalogue(
            endpoints: endpoints.reduce(into: [:]) { $0[$1.key] = endpoint($1.key, $1.value, &findings) },
            models: models.reduce(into: [:]) { $0[$1.key] = model($1.key, $1.value, &findings) },
            routes: routes.reduce(into: [:]) { $0[$1.key] = route($1.key, $1.value, &findings) })
    }

    private func endpoint(_ name: String, _ table: Stated<EndpointDraft>, _ findings: inout Findings) -> Endpoint? {
        guard let draft = table.value else { return nil }
        guard let url = draft.url else {
            findings.addMissing("url = \"http://127.0.0.1:8080\"", in: table)
            return nil
        }
        return url.value.map { Endpoint(name: name, url: $0, apiKey: draft.apiKey) }
    }

    private func model(_ name: String, _ table: Stated<ModelDraft>, _ findings: inout Findings) -> Model? {
        guard let draft = table.value else { return nil }
        let price = draft.price(&findings)
        guard let endpoint = endpoint(of: draft, table, &findings) else { return nil }
        return Model(
            name: name, endpoint: endpoint, price: price, maxOutputTokens: draft.maxOutputTokens,
            contextTokens: draft.contextTokens)
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

    private func route(_ name: String, _ table: Stated<RouteDraft>, _ findings: inout Findings) -> Route? {
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
        return Route(name: name, models: named.value?.compactMap(\.value) ?? [])
    }
}

extension ModelDraft {
    /// - Returns: nil if no price is stated: lines that ask for the model will be refused.
    func price(_ findings: inout Findings) -> Price? {
        let stated = [input, cachedInput, output].compactMap(\.self)
        let isFree = free?.value == true
        if let free, isFree, !stated.isEmpty, stated.allSatisfy({ $0.value != .zero }) {
            findings.add("\(free.subject) says that a price is meant to be zero, and none is", line: free.line)
        }
        for price in stated where price.value == .zero && !isFree {
            findings.add("\(price.subject) is zero: if that is meant, add free = true", line: price.line)
        }
        if stated.isEmpty { return isFree ? Price(input: .zero, output: .zero) : nil }
        guard let input, let output else {
            let missing = [
                input == nil ? "input_usd_per_million" : nil, output == nil ? "output_usd_per_million" : nil,
            ]
            let names = missing.compactMap(\.self).joined(separator: " and ")
            findings.add("\(stated[0].subject) needs \(names) beside it: half a price is none", line: stated[0].line)
            return nil
        }
        guard let input = input.value, let output = output.value else { return nil }
        return Price(input: input, cachedInput: cachedInput?.value, output: output)
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
    fileprivate mutating func addMissing<Value>(_ example: String, in table: Stated<Value>) {
        add("\(table.subject) needs a line \(example)", line: table.line)
    }
}
