package import BatchCore

/// The gates of all lanes.
package struct LaneGates: Sendable {
    private let standard: Gate
    private let byLane: [String: Gate]

    /// - Throws: what cannot be built as configured.
    package init(_ policies: GatePolicies) throws(GateError) {
        let schemas = SchemaCache()
        standard = try Gate(policies.standard, schemas)
        var byLane: [String: Gate] = [:]
        for (lane, policy) in policies.byLane { byLane[lane] = try Gate(policy, schemas) }
        self.byLane = byLane
    }

    package subscript(lane: String) -> Gate { byLane[lane] ?? standard }
}

/// Judges the answers of a shard. Every answer is checked; a sampling plan and judges that are too dear for every
/// answer have their place between `inspect` and `verdict`.
package struct Gate: Sendable {
    package let policy: GatePolicy
    private let checks: [any AnswerCheck]
    private let checksByModel: [String: [any AnswerCheck]]

    package init(_ policy: GatePolicy) throws(GateError) { try self.init(policy, SchemaCache()) }

    init(_ policy: GatePolicy, _ schemas: SchemaCache) throws(GateError) {
        self.policy = policy
        checks = try policy.checks.list(schemas)
        var checksByModel: [String: [any AnswerCheck]] = [:]
        for (model, policy) in policy.checksByModel { checksByModel[model] = try policy.list(schemas) }
        self.checksByModel = checksByModel
    }

    /// Must the input line be at hand (`Inspected.line`)?
    /// - Parameter asksForForm: `BatchRequest.asksForForm` of the line.
    package func needsLine(by model: String, asksForForm: Bool) -> Bool {
        let policy = policy.checksByModel[model] ?? policy.checks
        return policy.echo != nil || asksForForm && (policy.responseFormat || policy.toolArguments)
    }

    /// - Parameters:
    ///   - model: which one answered; of a reused answer the model or route that was asked.
    ///   - workspace: used again from answer to answer.
    /// - Returns: the first defect; nil: the answer is good.
    package func inspect(
        _ inspected: Inspected, by model: String, using workspace: Workspace = Workspace()
    ) -> Defect? {
        guard let parsed = inspected.answer else {
            return Defect(check: "form", reason: "the body is no answer of its interface")
        }
        let answer = Answer(parsed, inspected, using: workspace)
        for check in checksByModel[model] ?? checks {
            if let reason = check.defect(in: answer) { return Defect(check: check.name, reason: reason) }
        }
        return nil
    }

    /// Decides over a shard from what its lines came to.
    package func verdict(on tally: ShardTally, role: ShardPlan.Role) -> ShardVerdict {
        var reasons: [String] = []
        let answers = tally.checked
        if answers == 0 {
            reasons.append("none of its \(tally.lines) requests has an answer")
        } else if tally.defects > 0, Double(tally.defects) / Double(answers) >= policy.rejectable {
            // Divided, not multiplied: 7 / 100 is the very number that 0.07 is read as, while 0.07 * 100 is above 7.
            let checks = tally.defectsByCheck.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
            let list = checks.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
            reasons.append("\(tally.defects) of \(answers) answers are defective (\(list))")
        }
        if role == .canary, tally.failed > 0, tally.failed * 2 >= tally.lines {
            reasons.append("\(tally.failed) of \(tally.lines) requests of the canary failed")
        }
        return ShardVerdict(isAccepted: reasons.isEmpty, reasons: reasons, checked: answers, defects: tally.defects)
    }

    /// The verdict on a shard whose checks were passed, after a judge has looked at a sample of it.
    /// - Parameter isAccepted: by the sampling plan.
    package func verdict(on tally: ShardTally, sample: SampleFigures, isAccepted: Bool) -> ShardVerdict {
        let reason = "\(sample.defective) of \(sample.sampled) sampled answers did not pass the judge (\(sample.plan))"
        return ShardVerdict(
            isAccepted: isAccepted, reasons: isAccepted ? [] : [reason], checked: tally.checked,
            defects: tally.defects)
    }
}

/// What the lines of a shard came to, duplicates left out: each request once.
package struct ShardTally: Equatable, Sendable {
    package var lines = 0
    package var failed = 0
    /// Answers that were looked at.
    package var checked = 0
    package var defects = 0
    package var defectsByCheck: [String: Int] = [:]

    package init() {}

    package mutating func add(defect: Defect?) {
        lines += 1
        checked += 1
        guard let defect else { return }
        defects += 1
        defectsByCheck[defect.check, default: 0] += 1
    }

    /// A defect of an answer that was counted as a good one.
    package mutating func correct(_ defect: Defect) {
        defects += 1
        defectsByCheck[defect.check, default: 0] += 1
    }

    package mutating func addFailure() {
        lines += 1
        failed += 1
    }
}

package struct ShardVerdict: Equatable, Sendable {
    package let isAccepted: Bool
    package let reasons: [String]
    package let checked: Int
    package let defects: Int

    /// The same shard after a person has decided over it.
    package func decided(accepts isAccepted: Bool, reason: String, defects: Int) -> ShardVerdict {
        ShardVerdict(isAccepted: isAccepted, reasons: reasons + [reason], checked: checked, defects: defects)
    }
}
