package import BatchCore

/// How the work on a job ended for now.
package enum JobEnd: Sendable {
    /// It has left processing/.
    case published(JobVerdict)
    case parked(ParkReason)
}

/// Why a job stands still, and what sets it going again.
package enum ParkReason: Equatable, Sendable, CustomStringConvertible {
    case budget(BudgetRefusal, ReservationRequest)
    /// - Parameter until: nil: until the configuration is loaded again.
    case endpoint(name: String, reason: String, until: Timestamp?)
    case window([TimeWindow])
    case stopping

    package var description: String {
        switch self {
        case .budget(let refusal, _):
            "\(refusal); \(Self.remedy(refusal.scope))"
        case .endpoint(let name, let reason, let until):
            "the endpoint \(name) takes nothing: \(reason)" + (until.map { "; asked again at \($0)" } ?? "")
        case .window(let windows):
            "outside the windows of its lane (\(windows.map(\.description).joined(separator: ", ")))"
        case .stopping: "the daemon stopped; it goes on when it is started"
        }
    }

    private static func remedy(_ scope: BudgetRefusal.Scope) -> String {
        switch scope {
        case .day, .everyDay: "it goes on when the day turns, or with `bobbin budget raise`"
        case .lane(let lane): "it goes on when the day turns, or when [lanes.\(lane)] in budget.toml allows more"
        case .job: "it goes on when [job] in budget.toml allows more"
        }
    }
}
