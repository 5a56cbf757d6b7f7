package import BatchCore
package import Spooling

/// How the work on a job ended for now.
package enum JobEnd: Sendable {
    /// It has left processing/.
    case published
    case parked(ParkReason)
}

/// Why a job stands still, and what sets it going again.
package enum ParkReason: Equatable, Sendable, CustomStringConvertible {
    case budget(BudgetRefusal, ReservationRequest)
    /// - Parameter until: nil: until the configuration is loaded again.
    case endpoint(name: String, reason: String, until: Timestamp?)
    case window([TimeWindow])
    /// Until a person has decided over so many shards, of so many answers.
    case review(job: String, shards: Int, answers: Int)
    /// It has said nothing about an answer, which says nothing about the answer.
    /// - Parameter until: nil: until the configuration is loaded again.
    case judge(name: String, reason: String, until: Timestamp?)
    /// By an operator, itself or with its lane.
    case paused(Pause)
    case stopping

    /// When it is tried again at the latest; nil: nobody knows.
    package func resumesAt(_ policies: Policies, lane: Lane, parkedAt time: Timestamp) -> Timestamp? {
        // What can be paid, or is taken, by then still waits for the hours of its lane.
        let over = isOverAt(policies, parkedAt: time)
        return lane.windows.isEmpty ? over : over.flatMap { policies.calendar.opening(of: lane.windows, after: $0) }
    }

    private func isOverAt(_ policies: Policies, parkedAt time: Timestamp) -> Timestamp? {
        switch self {
        case .budget(let refusal, _):
            if case .job = refusal.scope { nil } else { policies.calendar.nextDay(after: time) }
        case .endpoint(_, _, let until): until
        case .judge(_, _, let until): until
        case .window(let windows): policies.calendar.opening(of: windows, after: time)
        case .review, .paused, .stopping: nil
        }
    }

    package var description: String {
        switch self {
        case .budget(let refusal, _):
            "\(refusal); \(Self.remedy(refusal))"
        case .endpoint(let name, let reason, let until):
            "the endpoint \(name) takes nothing: \(reason)" + (until.map { "; asked again at \($0)" } ?? "")
        case .judge(let name, let reason, let until):
            "the judge \(name) gives no verdict \(reason); asked again "
                + (until.map { "at \($0), or " } ?? "") + "when the configuration is loaded again"
        case .window(let windows):
            "outside the windows of its lane (\(windows.map(\.description).joined(separator: ", ")))"
        case .review(let job, let shards, let answers):
            "a person decides over \(shards) of its shards: `bobbin gate review \(job)` writes \(answers) answers "
                + "to a file to be filled in, and `--submit FILE` hands it in"
        case .paused(let pause): pause.description
        case .stopping: "the daemon stopped; it goes on when it is started"
        }
    }

    /// What the report tells of it; nil: nothing was in the way of the job.
    func note(on day: CivilDate) -> ParkNote? {
        switch self {
        case .budget(let refusal, let request):
            return ParkNote(.budget, on: day, subject: refusal.capDescription, model: request.model)
        case .endpoint(let name, _, _): return ParkNote(.endpoint, on: day, subject: name)
        case .window: return ParkNote(.window, on: day)
        case .review: return ParkNote(.review, on: day)
        case .judge(let name, _, _): return ParkNote(.judge, on: day, subject: name)
        case .paused(let pause): return ParkNote(.pause, on: day, subject: pause.who)
        case .stopping: return nil
        }
    }

    /// As `bobbin status` shows it.
    var phase: JobState.Phase {
        switch self {
        case .review: .review
        case .paused: .paused
        case .budget, .endpoint, .window, .judge, .stopping: .parked
        }
    }

    /// The same for as long as the job waits for the same thing: no sums, no times.
    package var cause: String {
        switch self {
        case .budget(let refusal, _): "budget: \(refusal.capDescription)"
        case .endpoint(let name, _, _): "endpoint: \(name)"
        case .window: "window"
        case .review: "review"
        case .judge(let name, _, _): "judge: \(name)"
        case .paused: "paused"
        case .stopping: "stopping"
        }
    }

    private static func remedy(_ refusal: BudgetRefusal) -> String {
        func orMore(_ table: String) -> String {
            "it goes on when the day turns, or when \(table) in budget.toml allows more"
        }
        return switch refusal.scope {
        case .day where !refusal.isInMoney, .everyDay where !refusal.isInMoney: orMore("[day] tokens")
        case .day, .everyDay: "it goes on when the day turns, or with `bobbin budget raise`"
        case .lane(let lane): orMore("[lanes.\(lane)]")
        case .model(let model): orMore("[models.\(model)]")
        case .uid(let uid): orMore("[uids.\(uid)] or [uid]")
        case .job: "it goes on when [job] in budget.toml allows more"
        }
    }
}
