/// That a job had to wait, noted with the job for its report.
package struct ParkNote: Equatable, Sendable {
    package enum Cause: String, Sendable {
        case budget, endpoint, window, review, judge, pause
    }

    package let cause: Cause
    /// Of the budget.
    package let day: CivilDate
    /// What stopped it: a cap, an endpoint, a user, or nothing that has a name.
    package let subject: String
    /// That the money was for; empty where it was no matter of money.
    package let model: String

    package init(_ cause: Cause, on day: CivilDate, subject: String = "", model: String = "") {
        self.cause = cause
        self.day = day
        self.subject = subject
        self.model = model
    }

    /// A job that is stopped by the same on the same day again, as after a restart, has waited once.
    package func isSame(as other: ParkNote) -> Bool {
        (cause, day, subject) == (other.cause, other.day, other.subject)
    }

    package func write(to writer: inout JSONWriter) {
        writer.member("cause", cause.rawValue)
        writer.member("day", day.description)
        writer.member("subject", subject)
        writer.member("model", model)
    }

    /// Reads what `write` writes; nil for anything else.
    package init?(_ value: JSONValue) {
        guard let cause = value["cause"]?.string.flatMap(Cause.init(rawValue:)),
            let day = value["day"]?.string.flatMap({ CivilDate($0) }), let subject = value["subject"]?.string
        else { return nil }
        self.init(cause, on: day, subject: subject, model: value["model"]?.string ?? "")
    }
}
