import BatchCore

/// gate.toml: good enough. `[lanes.NAME]` holds the same tables once more, for one lane, and `[models.NAME.checks]` the
/// checks of what one model answers; each changes what it names and leaves the rest as it is further up.
struct GateFile {
    private var table = GateTable()
    /// By name, read when what they begin with is known.
    private var laneTables: [String: Stated<TomlNode>] = [:]
    private var modelTables: [String: Stated<TomlNode>] = [:]
    private(set) var policies = GatePolicies()

    static var form: Form<GateFile> {
        let keys: [Key<GateFile>] =
            GateTable.keys.map { $0.within(\.table) } + [
                Key("lanes", \.laneTables, .namedNodes),
                Key("models", \.modelTables, .namedNodes),
            ]
        let whole = Form.table(GateFile(), keys)
        return Form { node, findings in
            guard var file = whole.read(node, &findings) else { return nil }
            file.resolve(&findings)
            return file
        }
    }

    private mutating func resolve(_ findings: inout Findings) {
        policies.standard = policy(table, &findings)
        for (name, lane) in laneTables {
            guard let node = lane.value, let table = Form.table(table, GateTable.keys).read(node, &findings) else {
                continue
            }
            // What is wrong with the table of a model has been said once.
            var said = Findings(file: findings.file)
            policies.byLane[name] = policy(table, &said)
        }
    }

    private func policy(_ table: GateTable, _ findings: inout Findings) -> GatePolicy {
        var policy = table.policy
        for (name, model) in modelTables {
            let form = Form.table(table, GateTable.modelKeys)
            if let node = model.value, let own = form.read(node, &findings) { policy.checksByModel[name] = own.checks }
        }
        return policy
    }

    /// What can be said only when bobbin.toml is read.
    func check(lanes known: some Collection<String>, _ findings: inout Findings) {
        Self.check(laneTables, among: known, "no lane of \(ConfigurationFile.bobbin)", &findings)
    }

    /// The same for models.toml.
    func check(models known: some Collection<String>, _ findings: inout Findings) {
        Self.check(modelTables, among: known, "no model of \(ConfigurationFile.models)", &findings)
    }

    private static func check(
        _ tables: [String: Stated<TomlNode>], among known: some Collection<String>, _ lack: String,
        _ findings: inout Findings
    ) {
        for (name, table) in tables { findings.check(name, of: table, among: known, lack) }
    }
}

/// The tables of gate.toml that may stand at its top and in `[lanes.NAME]`.
struct GateTable {
    fileprivate var checks = CheckPolicy()
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

    static var keys: [Key<GateTable>] {
        [
            checksKey,
            Key("sample", changing: \.sample) { Form.table($0, sampleKeys).then(SamplingPlan.checked) },
            Key("canary", changing: \.canaryLines) { .table($0, canaryKeys) },
            .refused("judge", "is a program this version cannot ask; \(loaded)"),
        ]
    }

    static var modelKeys: [Key<GateTable>] { [checksKey] }

    private static var checksKey: Key<GateTable> {
        Key("checks", changing: \.checks) { Form.table($0, CheckPolicy.keys).then(CheckPolicy.checked) }
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
