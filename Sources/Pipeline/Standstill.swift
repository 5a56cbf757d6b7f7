import BatchCore

/// What stands still of a job. The money or the endpoint of one model holds back what asks for it; the rest goes on.
struct Standstill {
    private(set) var reason: ParkReason?
    private(set) var kinds: Set<RequestKind> = []
    /// Nothing of the job may start.
    private(set) var isWhole = false

    mutating func note(_ new: ParkReason, of kind: RequestKind) {
        kinds.insert(kind)
        if isWhole { return }
        if !new.isOfOneModel {
            isWhole = true
        } else if let reason, !new.isSooner(than: reason) {
            return
        }
        reason = new
    }

    /// Of what is left nothing was started.
    mutating func stop() {
        reason = reason ?? .stopping
        isWhole = true
    }
}

extension ParkReason {
    fileprivate var isOfOneModel: Bool {
        switch self {
        case .budget(let refusal, _): if case .model = refusal.scope { true } else { false }
        case .endpoint: true
        case .window, .review, .judge, .paused, .stopping: false
        }
    }

    /// An endpoint is asked again within minutes, a cap has money again on another day: the job waits for the sooner.
    fileprivate func isSooner(than other: ParkReason) -> Bool {
        guard case .endpoint(_, _, let until?) = self else { return false }
        guard case .endpoint(_, _, let otherUntil?) = other else { return true }
        return until < otherUntil
    }
}
