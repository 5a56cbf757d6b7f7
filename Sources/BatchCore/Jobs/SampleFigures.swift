/// What was looked at of a shard by a judge (report.json, `sample`).
package struct SampleFigures: Equatable, Sendable {
    /// The sampling plan, as it prints itself.
    package var plan: String
    /// Answers with a verdict.
    package var sampled = 0
    /// Those that the judge did not let pass.
    package var defective = 0

    package init(plan: String) {
        self.plan = plan
    }

    func write(to writer: inout JSONWriter) {
        writer.member("plan", plan)
        writer.member("sampled", sampled)
        writer.member("defective", defective)
    }
}
