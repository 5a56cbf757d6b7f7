/// What all lines of one kind have in common, worked out once for all of them. A class, so that no line copies it.
final class KnownKind: Sendable {
    /// A model that may answer, and what it makes of a line's shape.
    struct Candidate {
        let model: Model
        let limits: TokenLimits
        /// The first of its prices.
        let price: Price
    }

    let kind: RequestKind
    let isRoute: Bool
    /// Some candidate is sent something else than the line's body.
    let isTranslated: Bool
    /// Never empty, unless there is a refusal.
    let candidates: [Candidate]
    /// When a price of a candidate changes, ascending.
    let priceChanges: [Timestamp]
    /// What is hashed before the canonical body.
    let keyPrefix: [UInt8]
    /// Names of members that each candidate's configuration leaves out of the key, in UTF-8.
    let ignoredNames: [[UInt8]]
    /// Why no line of the kind can be sent.
    let refusal: LineRefusal?
    private let modelName: [UInt8]

    init(_ kind: RequestKind, _ selection: ModelCatalogue.Selection) {
        let models = selection.candidates
        self.kind = kind
        modelName = Array(kind.model.utf8)
        if case .route = selection { isRoute = true } else { isRoute = false }
        candidates = models.compactMap { model in
            model.prices.map { Candidate(model: model, limits: TokenLimits(model), price: $0.first) }
        }
        priceChanges = Set(models.flatMap { $0.prices?.changes.map(\.from) ?? [] }).sorted()
        isTranslated = models.contains { $0.interface.place(for: kind.url) != kind.url }
        let unpriced = models.first { $0.prices == nil }.map { model in
            LineRefusal(
                .priceUnknown, "the price of the model \"\(model.name)\" is not known: \(model.priceProblem)")
        }
        let astray = models.first { $0.interface.place(for: kind.url) == nil }.map { model in
            LineRefusal(
                .unsupportedURL,
                "the endpoint of the model \"\(model.name)\" has no \(kind.url.rawValue): its interface in models.toml "
                    + "is \"\(model.interface.rawValue)\"")
        }
        refusal = astray ?? unpriced
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
        kind.url == url && !model.isEscaped && equal(model.content, in: text, to: modelName)
    }
}

/// The kinds of the lines so far. No more than the catalogue has names, for each url.
struct KnownKinds {
    private let catalogue: ModelCatalogue
    private(set) var known: [KnownKind] = []
    private var places: [RequestKind: Int] = [:]
    private var last = 0

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
        known.append(KnownKind(kind, selection))
        return known.count - 1
    }
}
