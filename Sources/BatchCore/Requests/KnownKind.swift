/// What all lines of one kind have in common, worked out once for all of them. A class, so that no line copies it.
final class KnownKind: Sendable {
    let kind: RequestKind
    let isRoute: Bool
    /// Which of its models may answer a line. It has some, unless there is a refusal.
    let selection: ModelSelection
    /// Some model is sent something else than the line's body.
    let isTranslated: Bool
    /// Which lines are tried on another model first, and the place of their kind; nil: none are.
    let trial: (side: Trial.Side, place: Int)?
    /// When a price of a candidate changes, ascending.
    let priceChanges: [Timestamp]
    /// What is hashed before the canonical body: with a trial, the list that begins with its model.
    let keyPrefix: [UInt8]
    /// Names of members that each candidate's configuration leaves out of the key, in UTF-8.
    let ignoredNames: [[UInt8]]
    /// Why no line of the kind can be sent.
    let refusal: LineRefusal?
    private let modelName: [UInt8]

    /// - Parameters:
    ///   - models: that may answer, as listed; of a kind on trial that model and those of the route.
    ///   - order: nil: the name is a model's, not a route's.
    init(_ kind: RequestKind, _ models: [Model], _ order: RouteOrder?, trial: (side: Trial.Side, place: Int)? = nil) {
        self.kind = kind
        self.trial = trial
        modelName = Array(kind.model.utf8)
        isRoute = order != nil
        selection = ModelSelection(
            models.compactMap { ModelSelection.Candidate($0, url: kind.url) }, order: order ?? .stated,
            beginsWithTrial: kind.isTrial)
        priceChanges = Set(models.flatMap { $0.prices?.changes.map(\.from) ?? [] }).sorted()
        isTranslated = selection.candidates.contains(where: \.isTranslated)
        // A price that is not known holds up its whole route: somebody has to state it.
        refusal = models.first { $0.prices == nil }.map { model in
            LineRefusal(
                .priceUnknown, "the price of the model \"\(model.name)\" is not known: \(model.priceProblem)")
        }
        ignoredNames = (models.first?.ignoredMembers ?? []).filter { name in
            models.allSatisfy { $0.ignoredMembers.contains(name) }
        }.map { Array($0.utf8) }
        var prefix = Array((RequestKey.versionTag + kind.url.rawValue + "\n").utf8)
        if isRoute {
            for model in models { prefix += quoted(model.name) }
            prefix.append(UInt8(ascii: "\n"))
        }
        keyPrefix = prefix
    }

    /// Is the string at `model` this kind's, byte for byte? False too where it is written with escapes.
    @inline(__always)
    func isMeant(by model: JSONNode, in text: Span<UInt8>, url: RequestURL) -> Bool {
        !kind.isTrial && kind.url == url && !model.isEscaped && equal(model.content, in: text, to: modelName)
    }
}

/// The kinds of the lines so far. No more than the catalogue has names, for each url.
struct KnownKinds {
    private let catalogue: ModelCatalogue
    private(set) var known: [KnownKind] = []
    private var places: [RequestKind: Int] = [:]
    private var last = 0
    private var parts: [Part: RequestKind] = [:]

    private struct Part: Hashable {
        let place: Int
        let models: [Int]
    }

    /// So many are compared byte by byte before a String is made of the model's name.
    private static let comparedLimit = 8

    init(catalogue: ModelCatalogue) {
        self.catalogue = catalogue
    }

    /// The place in `known` of a line's kind.
    /// - Parameter model: the node of `body.model`, a string.
    mutating func place(
        of model: Int, url: RequestURL, in text: Span<UInt8>, _ tape: JSONTape
    ) throws(LineRefusal) -> Int {
        let node = tape[model]
        if last < known.count, known[last].isMeant(by: node, in: text, url: url) { return last }
        for place in 0..<min(known.count, Self.comparedLimit) where known[place].isMeant(by: node, in: text, url: url) {
            last = place
            return place
        }
        let kind = RequestKind(url: url, model: tape.string(model, in: text) ?? "")
        if let place = places[kind] { last = place } else { last = try take(kind) }
        return last
    }

    private mutating func take(_ kind: RequestKind) throws(LineRefusal) -> Int {
        guard let selection = catalogue.selection(named: kind.model) else {
            throw LineRefusal(.unknownModel, "\"\(kind.model)\" is neither a model nor a route of models.toml")
        }
        places[kind] = known.count
        guard case .route(let name, let models) = selection, let route = catalogue.routes[name] else {
            known.append(KnownKind(kind, selection.candidates, nil))
            return known.count - 1
        }
        guard let trial = route.trial, let model = catalogue.models[trial.model] else {
            known.append(KnownKind(kind, models, route.order))
            return known.count - 1
        }
        let place = known.count
        known.append(
            KnownKind(kind, models, route.order, trial: (Trial.Side(of: trial, on: route.name), place + 1)))
        let tried = [model] + models
        let triedKind = RequestKind(url: kind.url, model: kind.model, models: tried.map(\.name), isTrial: true)
        known.append(KnownKind(triedKind, tried, route.order))
        return place
    }

    /// The kind of a line that some models of its kind may answer.
    /// - Parameters:
    ///   - place: in `known`.
    ///   - models: their places on the list, in the order in which they are tried; nil: all, as listed.
    mutating func kind(at place: Int, of models: [Int]?) -> RequestKind {
        guard let models else { return known[place].kind }
        return parts[Part(place: place, models: models)] ?? take(Part(place: place, models: models))
    }

    private mutating func take(_ part: Part) -> RequestKind {
        let whole = known[part.place]
        let kind = RequestKind(
            url: whole.kind.url, model: whole.kind.model,
            models: part.models.map { whole.selection.candidates[$0].model.name }, isTrial: whole.kind.isTrial)
        parts[part] = kind
        return kind
    }
}
