package import BatchCore

/// What decides whether a line can be sent, beside the line itself.
package struct ReadRules: Sendable {
    let catalogue: ModelCatalogue
    let lane: Lane
    let strata: Strata?
    /// nil: a file is read to its end.
    let limits: FileLimits?
    private let uid: UInt32
    private let policy: BudgetPolicy
    private let dayCap: Cap
    /// Every cap but those of models: asked for every line of every file.
    private let caps: [Cap]
    /// Of all models that a name stands for, by that name; it stands here if each of them has a cap.
    private let modelCaps: [String: [Cap]]

    /// - Parameters:
    ///   - uid: who delivered it.
    ///   - dayCap: the roomiest cap that a day has; a request above it would wait for ever.
    ///   - strata: what tells the lines of one kind apart.
    ///   - limits: where a file stops to be read, as it is refused anyway; nil: nowhere.
    package init(
        catalogue: ModelCatalogue, lane: Lane, uid: UInt32, budget: BudgetPolicy, dayCap: Cap,
        strata: Strata? = nil, limits: FileLimits? = nil
    ) {
        self.catalogue = catalogue
        self.lane = lane
        self.strata = strata
        self.limits = limits
        self.uid = uid
        policy = budget
        self.dayCap = dayCap
        caps = [budget.job, dayCap, budget.cap(of: .lane(lane.name)), budget.cap(of: .uid(uid))]
            .filter { $0 != Cap() }
        var modelCaps: [String: [Cap]] = [:]
        for name in [String](catalogue.models.keys) + catalogue.routes.keys {
            let caps = catalogue.models(for: name).map { budget.cap(of: .model($0)) }
            if !caps.contains(Cap()) { modelCaps[name] = caps }
        }
        self.modelCaps = modelCaps
    }

    /// nil: one of the models has none.
    private func caps(ofModelsFor kind: RequestKind) -> [Cap]? {
        guard let models = kind.models else { return modelCaps[kind.model] }
        let caps = models.map { policy.cap(of: .model($0)) }
        return caps.contains(Cap()) ? nil : caps
    }

    /// What a line that is good by itself can still be refused for.
    func check(_ request: BatchRequest) throws(LineRefusal) {
        if caps.allSatisfy({ request.worstCase.fits($0) }) {
            guard !policy.models.isEmpty, let ofModels = caps(ofModelsFor: request.kind) else { return }
            if ofModels.contains(where: { request.worstCase.fits($0) }) { return }
        }
        let models = policy.models.isEmpty ? [] : catalogue.candidates(of: request.kind).map(\.name)
        let refusal = policy.refusalForEver(
            of: request.worstCase, lane: lane.name, models: models, uid: uid, dayCap: dayCap)
        if let refusal {
            throw LineRefusal(.exceedsCap, "\(refusal); lower n or its completion limit, or raise the cap")
        }
    }
}
