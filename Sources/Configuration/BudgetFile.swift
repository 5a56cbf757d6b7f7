import BatchCore

/// budget.toml: how much.
struct BudgetFile {
    private var read = BudgetPolicy()
    private var lanes: [String: Stated<Cap>] = [:]
    private var models: [String: Stated<Cap>] = [:]
    private var uids: [String: Stated<Cap>] = [:]

    var policy: BudgetPolicy {
        var policy = read
        policy.lanes = lanes.compactMapValues(\.value)
        policy.models = models.compactMapValues(\.value)
        policy.uids = uids.reduce(into: [:]) { caps, entry in
            if let uid = UInt32(entry.key), let cap = entry.value.value { caps[uid] = cap }
        }
        return policy
    }

    static var form: Form<BudgetFile> {
        .table(
            BudgetFile(),
            [
                Key("time_zone", \.read.timeZone, .timeZone()),
                Key("when_exhausted", \.read.whenExhausted, .word(["park": .park, "reject": .reject])),
                Key("thresholds", \.read.thresholds, .thresholds),
                // A [day] with tokens alone keeps the default cap in USD: a cap is always there.
                Key("day", \.read.day, .table(BudgetPolicy().day, capKeys)),
                Key("lanes", \.lanes, .tables(names: { _ in nil }, { _ in Cap() }, capKeys)),
                Key("models", \.models, .tables(names: { _ in nil }, { _ in Cap() }, capKeys)),
                Key("uids", \.uids, .tables(names: uidProblem, { _ in Cap() }, capKeys)),
                Key("uid", \.read.everyUID, .table(Cap(), capKeys)),
                Key("job", \.read.job, .table(Cap(), capKeys)),
            ])
    }

    /// Zero is a cap: it stops what it stands for.
    private static var capKeys: [Key<Cap>] {
        [
            Key("usd", \.usd, .usd),
            Key("tokens", \.tokens, .integer(0...1_000_000_000_000_000)),
        ]
    }

    /// One spelling a number: two would be two caps of one user.
    private static func uidProblem(_ name: String) -> String? {
        guard let uid = UInt32(name), String(uid) == name else {
            return "a uid must be a number such as 1000 (`id -u NAME` says it), not `\(TomlPath.written(name))`"
        }
        return nil
    }

    /// Finds caps of lanes that bobbin.toml does not have: such a cap would hold nothing.
    func check(lanes known: some Collection<String>, _ findings: inout Findings) {
        Self.check(lanes, among: known, "no lane of \(ConfigurationFile.bobbin)", &findings)
    }

    /// The same for models of models.toml.
    func check(models known: some Collection<String>, _ findings: inout Findings) {
        Self.check(models, among: known, "no model of \(ConfigurationFile.models)", &findings)
    }

    private static func check(
        _ caps: [String: Stated<Cap>], among known: some Collection<String>, _ lack: String, _ findings: inout Findings
    ) {
        for (name, cap) in caps { findings.check(name, of: cap, among: known, lack) }
    }
}

extension Form where Value == [Double] {
    fileprivate static var thresholds: Form {
        array(of: .number("a number above 0 and at most 1") { $0 > 0 && $0 <= 1 }).then { shares throws(Refusal) in
            guard zip(shares, shares.dropFirst()).allSatisfy({ $0 < $1 }) else {
                throw Refusal("must be ascending, each number once")
            }
            return shares
        }
    }
}
