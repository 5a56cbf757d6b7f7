/// That a job had to wait, noted with the job for its report.
package struct ParkNote: Equatable, Sendable {
    package enum Cause: String, Sendable {
        case budget, endpoint, window
    }

    package let cause: Cause
    /// What stopped it: a job that is stopped by the same again, as after a restart, has waited once.
    package let subject: String
    /// The shard that the money was for; nil where it was no matter of money.
    package let shard: Int?

    package init(_ cause: Cause, subject: String, shard: Int? = nil) {
        self.cause = cause
        self.subject = subject
        self.shard = shard
    }

    package func write(to writer: inout JSONWriter) {
        writer.member("cause", cause.rawValue)
        writer.member("subject", subject)
        if let shard { writer.member("shard", shard) }
    }

    /// Reads what `write` writes; nil for anything else.
    package init?(_ value: JSONValue) {
        guard let cause = value["cause"]?.string.flatMap(Cause.init(rawValue:)), let subject = value["subject"]?.string
        else { return nil }
        self.init(cause, subject: subject, shard: value["shard"]?.int)
    }
}
