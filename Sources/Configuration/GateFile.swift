import BatchCore

/// gate.toml: good enough.
struct GateFile {
    private var checks = GatePolicy.Checks()
    private var sample = SamplingPlan()
    private var canaryLines = GatePolicy().canaryLines

    /// Every answer is inspected, not a sample of them: an inspection without chance errs neither with probability
    /// alpha nor with beta, so any plan's promise is kept, and the rejectable share is the whole decision.
    var policy: GatePolicy {
        var policy = GatePolicy()
        policy.checks = checks
        policy.rejectable = sample.rejectable
        policy.canaryLines = canaryLines
        return policy
    }

    static var form: Form<GateFile> {
        .table(
            GateFile(),
            [
                Key("checks", \.checks, .table(GatePolicy.Checks(), checkKeys)),
                Key("sample", \.sample, Form.table(SamplingPlan(), sampleKeys).then(SamplingPlan.checked)),
                Key("canary", \.canaryLines, Form.table(GatePolicy().canaryLines, canaryKeys)),
                .refused("judge", "is a program this version cannot ask; \(loaded)"),
            ])
    }

    private static var checkKeys: [Key<GatePolicy.Checks>] {
        [
            Key("finish_reason", \.finishReasons, .list(of: .text, naming: "at least one finish reason")),
            Key("non_empty", \.nonEmpty, .boolean),
            Key("json", \.json, .boolean),
            Key("must_match", \.mustMatch, .regularExpression),
            Key("max_length", \.maxLength, .integer(1...1_000_000_000)),
            .refused("json_schema", "is a check this version cannot make; \(loaded)"),
        ]
    }

    private static var sampleKeys: [Key<SamplingPlan>] {
        let risk = Form.number("a number above 0 and below 1") { $0 > 0 && $0 < 1 }
        return [
            Key("acceptable", \.acceptable, .number("a number from 0 to below 1") { $0 >= 0 && $0 < 1 }),
            Key("rejectable", \.rejectable, .number("a number above 0 and at most 1") { $0 > 0 && $0 <= 1 }),
            Key("alpha", \.alpha, risk),
            Key("beta", \.beta, risk),
        ]
    }

    private static var canaryKeys: [Key<Int>] {
        [Key("lines", \.self, .integer(0...50_000))]
    }

    private static let loaded = "remove it: nothing may be loaded that was meant to be checked and was not"
}

/// The four figures of a sampling plan for attributes (ISO 2859-2 names them so): a shard with at most `acceptable`
/// defects passes with probability 1 - alpha, one with `rejectable` or more fails with probability 1 - beta.
private struct SamplingPlan {
    var acceptable: Double?
    var rejectable = GatePolicy().rejectable
    var alpha: Double?
    var beta: Double?

    static func checked(_ plan: SamplingPlan) throws(Refusal) -> SamplingPlan {
        if let acceptable = plan.acceptable, acceptable >= plan.rejectable {
            throw Refusal("needs acceptable (\(acceptable)) below rejectable (\(plan.rejectable))")
        }
        return plan
    }
}

extension Form where Value == String {
    /// Compiled here once to know that it can be; the text is what the policy holds.
    fileprivate static var regularExpression: Form {
        anyText.then { pattern throws(Refusal) in
            do {
                _ = try Regex(pattern)
            } catch {
                throw Refusal("is no regular expression: \(TomlPath.printable("\(error)"))")
            }
            return pattern
        }
    }
}
