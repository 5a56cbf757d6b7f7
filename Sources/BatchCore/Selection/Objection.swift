/// Why a model may not answer a request.
enum Objection: Equatable {
    /// Its endpoint does not have it.
    case noSuchURL
    case lacks(Capabilities)
    /// The request may be longer than this context (tokens), and another model has more room.
    case mayNotFit(Int)
    /// What makes the line a bad one on this model.
    case refused(LineRefusal)
}

extension ModelSelection {
    /// What a line is told that no model may answer: of a single model its reason, of a route each model's.
    func refusal(of shape: RequestShape, _ loss: LineRefusal?) -> LineRefusal {
        let refusals = zip(candidates, judged(for: shape, loss: loss)).compactMap { candidate, objection in
            objection.map { refusal($0, candidate.model, shape.url) }
        }
        guard let first = refusals.first else { preconditionFailure("a line is refused that a model may answer") }
        if refusals.allSatisfy({ $0 == first }) { return first }
        let isOne = refusals.allSatisfy { $0.code == first.code }
        let reasons = zip(candidates, refusals).map { "\"\($0.model.name)\": \($1.reason)" }
        return LineRefusal(
            isOne ? first.code : .noModel,
            "no model of its route can answer it: \(reasons.joined(separator: "; "))")
    }

    private func refusal(_ objection: Objection, _ model: Model, _ url: RequestURL) -> LineRefusal {
        switch objection {
        case .noSuchURL:
            LineRefusal(
                .unsupportedURL,
                "the endpoint of the model \"\(model.name)\" has no \(url.rawValue): its interface in models.toml "
                    + "is \"\(model.interface.rawValue)\"")
        case .lacks(let missing):
            LineRefusal(
                .noModel,
                "the model \"\(model.name)\" has no \(missing.names.joined(separator: ", no ")) among its "
                    + "capabilities in models.toml")
        case .mayNotFit(let context):
            LineRefusal(
                .noModel, "it may be longer than the context_tokens = \(context) of \"\(model.name)\"")
        case .refused(let refusal): refusal
        }
    }
}
