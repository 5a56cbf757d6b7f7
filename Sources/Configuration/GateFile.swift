import BatchCore
import SystemPackage

/// gate.toml: good enough. `[lanes.NAME]` holds the same tables once more, for one lane, and `[models.NAME.checks]` the
/// checks of what one model answers; each changes what it names and leaves the rest as it is further up.
struct GateFile {
    private var table = GateTable()
    /// By name, read when what they begin with is known.
    private var laneTables: [String: Stated<TomlNode>] = [:]
    private var modelTables: [String: Stated<TomlNode>] = [:]
    /// As the file names them.
    private var policies = GatePolicies()
    private var laneJudges: [String: JudgeDraft] = [:]

    private var judges: [JudgeDraft] { [table.judge] + laneJudges.values }

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
            laneJudges[name] = table.judge
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

    /// What gates decide by. Relative paths begin where gate.toml is.
    func policies(from directory: FilePath) -> GatePolicies {
        var policies = policies
        policies.standard.judge = table.judge.policy(from: directory)
        for (lane, judge) in laneJudges { policies.byLane[lane]?.judge = judge.policy(from: directory) }
        return policies
    }

    /// What can be said only where the file is.
    func check(from directory: FilePath, _ findings: inout Findings) {
        for judge in judges { judge.check(from: directory, &findings) }
    }

    /// What can be said only when bobbin.toml is read.
    func check(lanes known: some Collection<String>, _ findings: inout Findings) {
        Self.check(laneTables, among: known, "no lane of \(ConfigurationFile.bobbin)", &findings)
    }

    /// The same for models.toml.
    func check(models file: ModelsFile, _ findings: inout Findings) {
        Self.check(modelTables, among: file.models.keys, "no model of \(ConfigurationFile.models)", &findings)
        let known = Set(file.models.keys).union(file.routes.keys)
        for judge in judges { judge.check(models: known, byBatch: file.namesByBatch, &findings) }
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
    private var sample = SamplePolicy()
    private var canaryLines = GatePolicy().canaryLines
    private var consequences = ConsequencePolicy()
    fileprivate var judge = JudgeDraft()

    var policy: GatePolicy {
        var policy = GatePolicy()
        policy.checks = checks
        policy.sample = sample
        policy.canaryLines = canaryLines
        policy.consequences = consequences
        return policy
    }

    static var keys: [Key<GateTable>] {
        [
            checksKey,
            Key("sample", changing: \.sample, Form.sample),
            Key("canary", changing: \.canaryLines) { .table($0, canaryKeys) },
            Key("consequences", changing: \.consequences) { .table($0, ConsequencePolicy.keys) },
            Key("judge", changing: \.judge) { Form.table($0, JudgeDraft.keys).then(JudgeDraft.checked) },
        ]
    }

    static var modelKeys: [Key<GateTable>] { [checksKey] }

    private static var checksKey: Key<GateTable> {
        Key("checks", changing: \.checks) { Form.table($0, CheckPolicy.keys).then(CheckPolicy.checked) }
    }

    private static var canaryKeys: [Key<Int>] {
        [Key("lines", \.self, .integer(0...50_000))]
    }
}
