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
    fileprivate var checks = GatePolicy.Checks()
    private var sample = SamplePolicy()
    private var canaryLines = GatePolicy().canaryLines

    var policy: GatePolicy {
        var policy = GatePolicy()
        policy.checks = checks
        policy.sample = sample
        policy.canaryLines = canaryLines
        return policy
    }

    static var keys: [Key<GateTable>] {
        [
            checksKey,
            Key("sample", changing: \.sample, Form.sample),
            Key("canary", changing: \.canaryLines) { .table($0, canaryKeys) },
            .refused("judge", "is a program this version cannot ask; \(loaded)"),
        ]
    }

    static var modelKeys: [Key<GateTable>] { [checksKey] }

    private static var checksKey: Key<GateTable> { Key("checks", changing: \.checks) { .table($0, checkKeys) } }

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

    private static var canaryKeys: [Key<Int>] {
        [Key("lines", \.self, .integer(0...50_000))]
    }

    private static let loaded = "remove it: nothing may be loaded that was meant to be checked and was not"
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
