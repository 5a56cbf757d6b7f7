/// What trying a new model on a share of a route's lines came to, beside the lines that went to the route's own models:
/// of a job, or of several. A line belongs to the side whose model answered it first; one that was not answered, or
/// from the hash log, to the side on which it stands by its key.
package struct TrialReport: Equatable, Sendable {
    package struct Side: Equatable, Sendable {
        package var figures = Figures()
        /// Of the answers that were paid for, those whose first one the gate did not accept, escalated or not.
        package var defective = 0

        package init() {}

        package static func += (left: inout Side, right: Side) {
            left.figures += right.figures
            left.defective += right.defective
        }
    }

    package let route: String
    /// That is tried.
    package let model: String
    package var trial = Side()
    package var others = Side()

    package init(route: String, model: String) {
        self.route = route
        self.model = model
    }

    /// How much oftener answers of the new model are defective; nil: one of the sides has no answer.
    package var difference: RateDifference? {
        RateDifference(
            (trial.defective, trial.figures.answered), (others.defective, others.figures.answered))
    }

    /// Added up over jobs, by route and model, in the order of their names.
    package static func sums(of reports: some Sequence<TrialReport>) -> [TrialReport] {
        var sums: [[String]: TrialReport] = [:]
        for report in reports {
            let name = [report.route, report.model]
            var sum = sums[name] ?? TrialReport(route: report.route, model: report.model)
            sum.trial += report.trial
            sum.others += report.others
            sums[name] = sum
        }
        return sums.values.sorted { ($0.route, $0.model) < ($1.route, $1.model) }
    }
}

extension TrialReport {
    /// The members `route, model, trial, others, difference`; both sides have the members of figures of these names,
    /// and `defective`.
    package func write(to writer: inout JSONWriter) {
        writer.member("route", route)
        writer.member("model", model)
        writer.object("trial", trial.write)
        writer.object("others", others.write)
        guard let difference else {
            writer.member("difference", raw: "null".utf8)
            return
        }
        writer.object("difference", difference.write)
    }

    /// Reads what `write` writes; nil for anything else.
    package init?(_ value: JSONValue) {
        guard let route = value["route"]?.string, let model = value["model"]?.string,
            let trial = value["trial"].flatMap({ Side($0) }), let others = value["others"].flatMap({ Side($0) })
        else { return nil }
        self.init(route: route, model: model)
        (self.trial, self.others) = (trial, others)
    }
}

extension TrialReport.Side {
    private static let names: Set<String> = [
        "lines", "answered", "unsent_lines", "failed", "refused", "accepted_answers", "spent_usd", "unknown_usd",
        "tokens", "input_tokens", "cached_tokens", "output_tokens", "reasoning_tokens", "unknown_tokens",
        "unit_cost_usd", "unit_tokens",
    ]

    fileprivate func write(to writer: inout JSONWriter) {
        writer.members(figures.members.filter { Self.names.contains($0.name) })
        writer.member("defective", defective)
    }

    fileprivate init?(_ value: JSONValue) {
        guard let figures = Figures(value), let defective = value["defective"]?.int,
            0...max(0, figures.answered) ~= defective
        else { return nil }
        self.init()
        (self.figures, self.defective) = (figures, defective)
    }
}
