/// Reads request lines: validates, bounds, prices and hashes each in one go. One reader serves line after line, so that
/// its buffers are allocated once.
package struct RequestReader: ~Copyable {
    private let catalogue: ModelCatalogue
    private var tape = JSONTape()
    private var canonical: [UInt8] = []
    private var hasher = SHA256()

    package init(catalogue: ModelCatalogue) {
        self.catalogue = catalogue
    }

    /// - Parameter line: the bytes of one line, without its line end. Its worst case is at the first of each model's
    ///   prices, and at later ones apart.
    /// - Throws: the refusal, with the column of a JSON error in its reason.
    package mutating func read(_ line: Span<UInt8>) throws(LineRefusal) -> BatchRequest {
        let parts = try parts(of: line)
        let selection = try selection(of: parts, in: line)
        let candidates = selection.candidates
        let shape = try RequestShape(body: parts.body, of: tape, in: line, url: parts.url)
        return BatchRequest(
            customIDHash: parts.customIDHash, kind: RequestKind(url: parts.url, model: parts.model),
            key: key(of: parts, selection, in: line), worstCase: try worstCase(of: shape, on: candidates),
            laterWorstCases: try laterWorstCases(of: shape, on: candidates), images: shape.images,
            boundInjected: shape.completionLimit == nil && !parts.url.completionLimits.isEmpty,
            isSampled: shape.isSampled)
    }

    /// The custom_id of a line as text, also of one that is refused; nil if it cannot be read.
    package mutating func customID(of line: Span<UInt8>) -> String? {
        do { try tape.scan(line) } catch { return nil }
        return tape.member("custom_id", of: JSONTape.root, in: line).flatMap { tape.string($0, in: line) }
    }

    /// What goes out to `model`: the body as it stands in the line, with the model's own name where it names a route,
    /// and with the model's completion bound where it states none.
    package mutating func outgoing(_ line: Span<UInt8>, to model: Model) throws(LineRefusal) -> OutgoingRequest {
        let parts = try parts(of: line)
        let shape = try RequestShape(body: parts.body, of: tape, in: line, url: parts.url)
        var edits = BodyEdits(range: tape.bytes(parts.body))
        if parts.model != model.name {
            edits.replace(tape.bytes(parts.modelNode), with: quoted(model.name))
        }
        if shape.completionLimit == nil, let name = parts.url.completionLimits.first {
            let limit = Array(String(model.maxOutputTokens).utf8)
            if let null = tape.member(name, of: parts.body, in: line) {
                edits.replace(tape.bytes(null), with: limit)
            } else {
                edits.appendMember(quoted("\(name)") + [UInt8(ascii: ":")] + limit)
            }
        }
        return OutgoingRequest(
            body: edits.applied(to: line), bound: try shape.bound(on: model), promptBytes: shape.promptBytes,
            choiceLimit: shape.choiceLimit ?? model.maxOutputTokens, echoes: shape.echoes)
    }

    /// The members that every line has, found and checked.
    private struct Parts {
        let customIDHash: UInt64
        let url: RequestURL
        let body: Int
        let model: String
        let modelNode: Int
    }

    private mutating func parts(of line: Span<UInt8>) throws(LineRefusal) -> Parts {
        do { try tape.scan(line) } catch {
            throw LineRefusal(.invalidJSON, "column \(error.offset + 1): \(error.reason)")
        }
        let root = JSONTape.root
        guard tape.kind(root) == .object else {
            throw LineRefusal(
                .notARequest, "the line is no JSON object; a request is {\"custom_id\", \"url\", \"body\"}")
        }
        guard let id = tape.member("custom_id", of: root, in: line), tape.kind(id) == .string,
            tape.bytes(id).count > 2
        else {
            throw LineRefusal(.notARequest, "custom_id is missing, empty or no string")
        }
        if let method = tape.member("method", of: root, in: line), tape.string(method, in: line) != "POST" {
            throw LineRefusal(.notARequest, "method is not \"POST\"")
        }
        guard let body = tape.member("body", of: root, in: line), tape.kind(body) == .object else {
            throw LineRefusal(.notARequest, "body is missing or no JSON object")
        }
        guard let modelNode = tape.member("model", of: body, in: line), let model = tape.string(modelNode, in: line)
        else {
            throw LineRefusal(.notARequest, "body.model is missing or no string")
        }
        return Parts(
            customIDHash: tape.hash(ofString: id, in: line), url: try url(in: line), body: body, model: model,
            modelNode: modelNode)
    }

    private func url(in line: Span<UInt8>) throws(LineRefusal) -> RequestURL {
        let text = tape.member("url", of: JSONTape.root, in: line).flatMap { tape.string($0, in: line) }
        guard let text else { throw LineRefusal(.notARequest, "url is missing or no string") }
        guard let url = RequestURL(rawValue: text) else {
            let known = RequestURL.allCases.map(\.rawValue).joined(separator: ", ")
            throw LineRefusal(.unsupportedURL, "url \"\(text)\" is none of \(known)")
        }
        return url
    }

    private func selection(of parts: Parts, in line: Span<UInt8>) throws(LineRefusal) -> ModelCatalogue.Selection {
        guard let selection = catalogue.selection(named: parts.model) else {
            throw LineRefusal(.unknownModel, "\"\(parts.model)\" is neither a model nor a route of models.toml")
        }
        for model in selection.candidates where model.prices == nil {
            throw LineRefusal(
                .priceUnknown, "the price of the model \"\(model.name)\" is not known: \(model.priceProblem)")
        }
        return selection
    }

    /// The dearest of the models, in money and in tokens apart.
    /// - Parameter time: nil: at the first of each model's prices.
    private func worstCase(
        of shape: RequestShape, on models: [Model], at time: Timestamp? = nil
    ) throws(LineRefusal) -> Amount {
        var worst = Amount.zero
        for model in models {
            guard let prices = model.prices else { continue }
            let price = time.map(prices.price) ?? prices.first
            let bound = try shape.bound(on: model)
            worst = Amount(usd: max(worst.usd, price.worstCase(of: bound)), tokens: max(worst.tokens, bound.total))
        }
        return worst
    }

    private func laterWorstCases(of shape: RequestShape, on models: [Model]) throws(LineRefusal) -> [LaterWorstCase] {
        guard models.contains(where: { $0.prices?.changes.isEmpty == false }) else { return [] }
        var later: [LaterWorstCase] = []
        for time in Set(models.flatMap { $0.prices?.changes.map(\.from) ?? [] }).sorted() {
            later.append(LaterWorstCase(from: time, amount: try worstCase(of: shape, on: models, at: time)))
        }
        return later
    }

    private mutating func key(
        of parts: Parts, _ selection: ModelCatalogue.Selection, in line: Span<UInt8>
    ) -> RequestKey {
        var canonical = exchange(&self.canonical, with: [])  // its memory is used again for the next line
        defer { self.canonical = canonical }
        canonical.removeAll(keepingCapacity: true)
        canonical += RequestKey.versionTag.utf8
        canonical += parts.url.rawValue.utf8
        canonical.append(UInt8(ascii: "\n"))
        var omitted = parts.url.ignoredMembers
        if case .route(_, let models) = selection {
            omitted.append("model")
            for model in models { canonical += quoted(model.name) }
            canonical.append(UInt8(ascii: "\n"))
        }
        CanonicalJSON.append(parts.body, of: tape, in: line, numbers: .exactIntegers, omitting: omitted, to: &canonical)
        hasher.update(canonical.span)
        return RequestKey(hasher.finish())
    }
}

private func quoted(_ text: String) -> [UInt8] {
    var writer = JSONWriter()
    writer.element(text)
    return writer.bytes
}
