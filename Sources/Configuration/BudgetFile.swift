import BatchCore

/// budget.toml: how much.
struct BudgetFile {
    private var read = BudgetPolicy()
    private var lanes: [String: Stated<Cap>] = [:]
    private var models: [String: Stated<Cap>] = [:]
    private var uids: [String: Stated<User>] = [:]
    private var everyUser = User()

    /// What one user may spend, and have in the spool.
    private struct User {
        var cap = Cap()
        var share = SpoolShare()
    }

    var policy: BudgetPolicy {
        var policy = read
        policy.lanes = lanes.compactMapValues(\.value)
        policy.models = models.compactMapValues(\.value)
        (policy.everyUID, policy.everyShare) = (everyUser.cap, everyUser.share)
        for (name, stated) in uids {
            guard let uid = UInt32(name), let user = stated.value else { continue }
            (policy.uids[uid], policy.shares[uid]) = (user.cap, user.share)
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
                Key("uids", \.uids, .tables(names: uidProblem, { _ in User() }, userKeys)),
                Key("uid", \.everyUser, .table(User(), userKeys)),
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

    private static var userKeys: [Key<User>] {
        [
            Key("usd", \.cap.usd, .usd),
            Key("tokens", \.cap.tokens, .integer(0...1_000_000_000_000_000)),
            Key("jobs", \.share.jobs, .integer(1...1_000_000)),
            Key("spool_bytes", \.share.bytes, .integer(1...Int.max)),
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
