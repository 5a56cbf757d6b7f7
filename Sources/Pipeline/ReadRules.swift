package import BatchCore

/// What decides whether a line can be sent, beside the line itself.
package struct ReadRules: Sendable {
    let catalogue: ModelCatalogue
    let lane: Lane
    private let uid: UInt32
    private let policy: BudgetPolicy
    private let dayCap: Cap
    /// Every cap but those of models: asked for every line of every file.
    private let caps: [Cap]

    /// - Parameters:
    ///   - uid: who delivered it.
    ///   - dayCap: the roomiest cap that a day has; a request above it would wait for ever.
    package init(catalogue: ModelCatalogue, lane: Lane, uid: UInt32, budget: BudgetPolicy, dayCap: Cap) {
        self.catalogue = catalogue
        self.lane = lane
        self.uid = uid
        policy = budget
        self.dayCap = dayCap
        caps = [budget.job, dayCap, budget.cap(of: .lane(lane.name)), budget.cap(of: .uid(uid))]
            .filter { $0 != Cap() }
    }

    /// What a line that is good by itself can still be refused for.
    func check(_ request: BatchRequest) throws(LineRefusal) {
        if policy.models.isEmpty, caps.allSatisfy({ request.worstCase.fits($0) }) { return }
        let models = policy.models.isEmpty ? [] : catalogue.models(for: request.kind.model)
        let refusal = policy.refusalForEver(
            of: request.worstCase, lane: lane.name, models: models, uid: uid, dayCap: dayCap)
        if let refusal {
            throw LineRefusal(.exceedsCap, "\(refusal); lower n or its completion limit, or raise the cap")
        }
    }
}
