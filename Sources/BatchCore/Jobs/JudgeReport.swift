/// What asking a model that judges about the answers of a shard came to (report.json, `judge` of a shard).
package struct JudgeReport: Equatable, Sendable {
    /// The number under which it is booked.
    package var shard: Int
    package var requests = 0
    /// Verdicts that had been given before.
    package var reused = 0
    package var spent = Money.zero
    /// Of attempts without an answer.
    package var unknown = Money.zero

    package init(shard: Int) {
        self.shard = shard
    }

    package func write(to writer: inout JSONWriter) {
        writer.member("shard", shard)
        writer.member("requests", requests)
        writer.member("reused", reused)
        writer.member("spent_usd", spent.decimal)
        writer.member("unknown_usd", unknown.decimal)
    }
}
