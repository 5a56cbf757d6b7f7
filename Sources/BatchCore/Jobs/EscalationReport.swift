/// What asking other models of the route for defective answers came to: of a shard, or of a job.
package struct EscalationReport: Equatable, Sendable {
    package struct Part: Equatable, Sendable {
        package var lines = 0
        /// Whose answer the gate accepts.
        package var good = 0
        package var spent = Money.zero

        package init() {}
    }

    /// Requests that were escalated; some may have got no answer, or not been sent.
    package var lines = 0
    /// By the model that was asked.
    package var models: [String: Part] = [:]
    /// Of attempts without an answer.
    package var unknown = Money.zero

    package init() {}

    package var good: Int { models.values.reduce(0) { $0 + $1.good } }
    package var spent: Money { models.values.reduce(.zero) { $0 + $1.spent } }

    package static func += (left: inout EscalationReport, right: EscalationReport) {
        left.lines += right.lines
        left.unknown += right.unknown
        for (model, part) in right.models {
            left.models[model, default: Part()].lines += part.lines
            left.models[model, default: Part()].good += part.good
            left.models[model, default: Part()].spent += part.spent
        }
    }

    /// The members `lines, good, spent_usd, unknown_usd, models [{model, lines, good, spent_usd}]`.
    package func write(to writer: inout JSONWriter) {
        writer.member("lines", lines)
        writer.member("good", good)
        writer.member("spent_usd", spent.decimal)
        writer.member("unknown_usd", unknown.decimal)
        writer.array("models") { writer in
            for (model, part) in models.sorted(by: { $0.key < $1.key }) {
                writer.object { writer in
                    writer.member("model", model)
                    writer.member("lines", part.lines)
                    writer.member("good", part.good)
                    writer.member("spent_usd", part.spent.decimal)
                }
            }
        }
    }
}
