/// Which happenings of an event are the same one, so that it is told once, also over restarts.
package enum NoticeRule: Equatable, Sendable {
    /// A fact: told once. With it a state of `ending` is over without a word of its own.
    case once(key: String, ending: String?)
    /// The subject comes into a state for a cause: each cause is told once until the state ends.
    case begins(subject: String, cause: String)
    /// The state of the subject is over: told if it had begun.
    case ends(subject: String)
    /// The states of the subjects are over, and that is no news.
    case endsSilently(subjects: [String])

    package static func endpoint(_ name: String) -> String { "endpoint \(name)" }
    package static let environment = "environment"
    package static let spool = "spool"
    private static let lock = "lock"

    /// - Returns: nil for an event that is no notice.
    package init?(event: String, facts: [String: String]) {
        func fact(_ name: String) -> String { facts[name] ?? "" }
        func key(_ names: String...) -> String { ([event] + names.map(fact)).joined(separator: "/") }
        let job = "job \(fact("job"))"
        let series = "prompt \(fact("lane"))/\(fact("model"))/\(fact("prompt"))"
        switch event {
        case "budget.threshold": self = .once(key: key("day", "threshold"), ending: nil)
        case "budget.exhausted": self = .once(key: key("day", "scope", "cap"), ending: nil)
        // A crash may come after the record and before the request is removed: it is worked off twice then.
        case "budget.raised": self = .once(key: key("day", "cap_usd", "by", "request"), ending: nil)
        case "budget.adopted": self = .once(key: key("day", "request"), ending: nil)
        case "spool.lock_lost": self = .begins(subject: Self.lock, cause: "lost")
        case "price.unknown": self = .once(key: key("job", "reason"), ending: nil)
        case "job.parked": self = .begins(subject: job, cause: fact("cause"))
        case "job.stopped": self = .begins(subject: job, cause: "stopped")
        case "job.resumed": self = .ends(subject: job)
        case "job.rejected", "job.split": self = .once(key: key("job"), ending: job)
        case "job.accepted": self = .endsSilently(subjects: [job])
        case "endpoint.unavailable": self = .begins(subject: Self.endpoint(fact("endpoint")), cause: "unavailable")
        case "endpoint.quota": self = .begins(subject: Self.endpoint(fact("endpoint")), cause: "quota")
        case "endpoint.recovered": self = .ends(subject: Self.endpoint(fact("endpoint")))
        case "spool.full": self = .begins(subject: Self.spool, cause: "full")
        case "spool.recovered": self = .ends(subject: Self.spool)
        case "environment.trouble": self = .begins(subject: Self.environment, cause: fact("reason"))
        case "environment.recovered": self = .ends(subject: Self.environment)
        case "gate.drift": self = .begins(subject: series, cause: "drift")
        case "gate.in_control": self = .ends(subject: series)
        case "config.rejected": self = .begins(subject: "configuration", cause: fact("reason"))
        case "daemon.reloaded": self = .endsSilently(subjects: ["configuration"])
        case "ledger.damaged": self = .begins(subject: "books", cause: fact("reason"))
        // It has the spool to itself, and has read the configuration and the books.
        case "daemon.ready": self = .endsSilently(subjects: ["configuration", "books", Self.lock])
        default: return nil
        }
    }
}
