/// Reads request lines: validates, bounds, prices and hashes each in one go. One reader serves line after line, so that
/// its buffers are allocated once.
package struct RequestReader: ~Copyable {
    private var kinds: KnownKinds
    var tape = JSONTape()
    private var lines = AlikeTexts()
    /// Of the last line that was an object, and the form that it had.
    private var found: (form: Int, line: LineMembers, body: BodyMembers)?
    /// What is hashed of lines of one form and kind, and which those are; the last line's may be others.
    private var keyForm: (of: FormAndKind, form: CanonicalForm)?
    private var last = FormAndKind()
    private var canonical: [UInt8] = []
    private var leftOut: [Int] = []
    private var hasher = SHA256()

    package init(catalogue: ModelCatalogue) {
        kinds = KnownKinds(catalogue: catalogue)
    }

    /// - Parameter line: the bytes of one line, without its line end. Its worst case is at the first of each model's
    ///   prices, and at later ones apart.
    /// - Throws: the refusal, with the column of a JSON error in its reason.
    package mutating func read(_ line: Span<UInt8>) throws(LineRefusal) -> BatchRequest {
        let parts = try parts(of: line)
        var place = try kinds.place(of: parts.model, url: parts.url, in: line, tape)
        if let refusal = kinds.known[place].refusal { throw refusal }
        let shape = try RequestShape(parts.members, of: tape, in: line, body: parts.body, url: parts.url)
        let loss = lossInTranslation(parts, place, in: line)
        var key = key(of: parts, place, in: line)
        var models: [Int]?
        if let trial = trial(of: key, place, shape, loss) {
            (place, models) = trial
            key = self.key(of: parts, place, in: line)
        } else {
            models = try kinds.known[place].selection.eligible(for: shape, loss: loss)
        }
        let selection = kinds.known[place].selection
        let worstCase = try selection.worstCase(of: shape, on: models, at: nil)
        let later = kinds.known[place].priceChanges.isEmpty ? [] : try laterWorstCases(of: shape, place, models)
        return BatchRequest(
            customIDHash: parts.customIDHash,
            kind: kinds.kind(at: place, of: try selection.ordered(models, for: shape, at: nil)), key: key,
            worstCase: worstCase, laterWorstCases: later, images: shape.images,
            boundInjected: shape.completionLimit == nil && parts.url.injectedLimit != nil, isSampled: shape.isSampled,
            asksForForm: shape.asksForForm)
    }

    /// The kind of a line that belongs to a trial, and the models that may answer it; nil: it does not, or the model on
    /// trial may not answer it, so that it is no line to try it on.
    private func trial(
        of key: RequestKey, _ place: Int, _ shape: RequestShape, _ loss: LineRefusal?
    ) -> (place: Int, models: [Int]?)? {
        guard let trial = kinds.known[place].trial, trial.side.takes(key), kinds.known[trial.place].refusal == nil
        else { return nil }
        do throws(LineRefusal) {
            let models = try kinds.known[trial.place].selection.eligible(for: shape, loss: loss)
            return models?.first ?? 0 == 0 ? (trial.place, models) : nil
        } catch { return nil }
    }

    /// Why the line cannot be sent to an endpoint of another interface; nil: it can, or no model has one.
    private func lossInTranslation(_ parts: Parts, _ place: Int, in line: Span<UInt8>) -> LineRefusal? {
        let other = kinds.known[place].trial.map { kinds.known[$0.place].isTranslated } ?? false
        guard kinds.known[place].isTranslated || other else { return nil }
        do throws(LineRefusal) { _ = try translated(parts, in: line, for: "", maxTokens: 1) } catch { return error }
        return nil
    }

    /// As `read`, and the text that the line asks about, as `PromptText` gives it.
    package mutating func readWithText(_ line: Span<UInt8>) throws(LineRefusal) -> (BatchRequest, text: [UInt8]) {
        let request = try read(line)
        return (request, PromptText.text(of: tape, in: line))
    }

    /// Of the line that was read last, a good one.
    package func stratum(of line: Span<UInt8>, by strata: Strata) -> Stratum { strata.stratum(of: line, tape) }

    /// The custom_id of a line as text, also of one that is refused; nil if it cannot be read.
    package mutating func customID(of line: Span<UInt8>) -> String? {
        do { try tape.scan(line) } catch { return nil }
        return tape.member("custom_id", of: JSONTape.root, in: line).flatMap { tape.string($0, in: line) }
    }

    /// What goes out to `model`: the body as it stands in the line, with the model's own name where it names a route,
    /// and with the model's completion bound where it states none; or what it is in the interface of the model's
    /// endpoint.
    package mutating func outgoing(_ line: Span<UInt8>, to model: Model) throws(LineRefusal) -> OutgoingRequest {
        let parts = try parts(of: line)
        let shape = try RequestShape(parts.members, of: tape, in: line, body: parts.body, url: parts.url)
        let url = model.interface.place(for: parts.url) ?? parts.url
        return OutgoingRequest(
            body: url == parts.url
                ? edited(parts, shape, in: line, for: model)
                : try translated(parts, in: line, for: model.name, maxTokens: model.maxOutputTokens),
            bound: try shape.bound(on: model), promptBytes: shape.promptBytes,
            choiceLimit: shape.choiceLimit ?? model.maxOutputTokens, echoes: shape.echoes, url: url)
    }

    private func translated(
        _ parts: Parts, in line: Span<UInt8>, for model: String, maxTokens: Int
    ) throws(LineRefusal) -> [UInt8] {
        try ChatToMessages(JSONValue(parts.body, of: tape, in: line)).translated(for: model, maxTokens: maxTokens)
    }

    private func edited(_ parts: Parts, _ shape: RequestShape, in line: Span<UInt8>, for model: Model) -> [UInt8] {
        var edits = BodyEdits(range: tape.bytes(parts.body))
        if tape.string(parts.model, in: line) != model.name {
            edits.replace(tape.bytes(parts.model), with: quoted(model.name))
        }
        if shape.completionLimit == nil, let (member, name) = parts.url.injectedLimit {
            let limit = Array(String(model.maxOutputTokens).utf8)
            if let null = parts.members[member] {
                edits.replace(tape.bytes(null), with: limit)
            } else {
                edits.appendMember(quoted("\(name)") + [UInt8(ascii: ":")] + limit)
            }
        }
        return edits.applied(to: line)
    }

    /// The members that every line has, found and checked.
    private struct Parts {
        let customIDHash: UInt64
        let url: RequestURL
        let body: Int
        let members: BodyMembers
        /// The node of `body.model`, a string.
        let model: Int
    }

    /// What decides which bytes are hashed, beside the values of a line: its form, and the place of its kind.
    private struct FormAndKind: Equatable {
        var form = 0
        var kind = 0
    }

    /// The nodes of the members that a line may have; nil: it has none.
    private struct LineMembers {
        var customID, method, url, body: Int?

        init(of tape: JSONTape, in line: Span<UInt8>) {
            tape.forEachMember(of: JSONTape.root, in: line) { name, text, value in
                switch name.count {
                case 3 where equal(name, in: text, to: "url"): url = value
                case 4 where equal(name, in: text, to: "body"): body = value
                case 6 where equal(name, in: text, to: "method"): method = value
                case 9 where equal(name, in: text, to: "custom_id"): customID = value
                default: return
                }
            }
        }
    }

    private mutating func parts(of line: Span<UInt8>) throws(LineRefusal) -> Parts {
        do { try lines.scan(line, into: &tape) } catch {
            throw LineRefusal(.invalidJSON, "column \(error.offset + 1): \(error.reason)")
        }
        let root = JSONTape.root
        guard tape.kind(root) == .object else {
            throw LineRefusal(
                .notARequest, "the line is no JSON object; a request is {\"custom_id\", \"url\", \"body\"}")
        }
        let found = findMembers(of: line)
        guard let id = found.line.customID, tape.kind(id) == .string, !tape[id].content.isEmpty else {
            throw LineRefusal(.notARequest, "custom_id is missing, empty or no string")
        }
        if let method = found.line.method, !tape.equals(method, "POST", in: line) {
            throw LineRefusal(.notARequest, "method is not \"POST\"")
        }
        guard let body = found.line.body, tape.kind(body) == .object else {
            throw LineRefusal(.notARequest, "body is missing or no JSON object")
        }
        guard let model = found.body[.model], tape.kind(model) == .string else {
            throw LineRefusal(.notARequest, "body.model is missing or no string")
        }
        return Parts(
            customIDHash: tape.hash(ofString: id, in: line), url: try url(at: found.line.url, in: line), body: body,
            members: found.body, model: model)
    }

    private mutating func findMembers(of line: Span<UInt8>) -> (line: LineMembers, body: BodyMembers) {
        if let found, found.form == lines.form { return (found.line, found.body) }
        let members = LineMembers(of: tape, in: line)
        let body = BodyMembers(body: members.body, of: tape, in: line)
        found = (lines.form, members, body)
        return (members, body)
    }

    private func url(at node: Int?, in line: Span<UInt8>) throws(LineRefusal) -> RequestURL {
        guard let node, tape.kind(node) == .string else {
            throw LineRefusal(.notARequest, "url is missing or no string")
        }
        guard let url = RequestURL(node, of: tape, in: line) else {
            let known = RequestURL.allCases.map(\.rawValue).joined(separator: ", ")
            throw LineRefusal(.unsupportedURL, "url \"\(tape.string(node, in: line) ?? "")\" is none of \(known)")
        }
        return url
    }

    private mutating func laterWorstCases(
        of shape: RequestShape, _ place: Int, _ models: [Int]?
    ) throws(LineRefusal) -> [LaterWorstCase] {
        let selection = kinds.known[place].selection
        var later: [LaterWorstCase] = []
        for time in kinds.known[place].priceChanges {
            let ordered = try selection.ordered(models, for: shape, at: time)
            later.append(
                LaterWorstCase(
                    from: time, amount: try selection.worstCase(of: shape, on: models, at: time),
                    models: kinds.kind(at: place, of: ordered).models))
        }
        return later
    }

    private mutating func key(of parts: Parts, _ place: Int, in line: Span<UInt8>) -> RequestKey {
        var canonical = exchange(&self.canonical, with: [])  // its memory is used again for the next line
        defer { self.canonical = canonical }
        canonical.removeAll(keepingCapacity: true)
        let this = FormAndKind(form: lines.form, kind: place)
        defer { last = this }
        if keyForm?.of != this {
            findLeftOut(of: parts, place, in: line)
            guard this == last else {
                canonical += kinds.known[place].keyPrefix
                CanonicalJSON.append(
                    parts.body, of: tape, in: line, numbers: .exactIntegers, leavingOut: leftOut, to: &canonical)
                return hash(canonical)
            }
            let form = CanonicalForm(
                of: parts.body, tape, in: line, of: lines, numbers: .exactIntegers, leavingOut: leftOut,
                prefix: kinds.known[place].keyPrefix)
            keyForm = (this, form)
        }
        keyForm?.form.append(tape, in: line, to: &canonical)
        return hash(canonical)
    }

    private mutating func hash(_ bytes: [UInt8]) -> RequestKey {
        hasher.update(bytes)
        return RequestKey(hasher.finish())
    }

    /// The members of the body that are not in the key: nearly always there are none.
    private mutating func findLeftOut(of parts: Parts, _ place: Int, in line: Span<UInt8>) {
        leftOut.removeAll(keepingCapacity: true)
        if kinds.known[place].isRoute { leftOut.append(parts.model) }
        let ignored = parts.url.ignoredMembers
        if parts.members.hasAny(of: ignored.set) {
            for member in ignored.list { if let node = parts.members[member] { leftOut.append(node) } }
        }
        let names = kinds.known[place].ignoredNames
        guard !names.isEmpty else { return }
        tape.forEachMember(of: parts.body, in: line) { name, text, value in
            if names.contains(where: { equal(name, in: text, to: $0) }) { leftOut.append(value) }
        }
    }
}

/// A JSON string.
func quoted(_ text: String) -> [UInt8] {
    var writer = JSONWriter()
    writer.element(text)
    return writer.bytes
}
