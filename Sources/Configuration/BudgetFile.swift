import BatchCore

/// budget.toml: how much.
struct BudgetFile {
    private var read = BudgetPolicy()
    private var lanes: [String: Stated<Cap>] = [:]

    var policy: BudgetPolicy {
        var policy = read
        policy.lanes = lanes.compactMapValues(\.value)
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

    /// Finds caps of lanes that bobbin.toml does not have: such a cap would hold nothing.
    func check(against known: [String: Lane], _ findings: inout Findings) {
        for (name, cap) in lanes where known[name] == nil {
            let hint = NearestName.hint(for: name, among: Array(known.keys))
            findings.add("\(cap.subject) is no lane of \(ConfigurationFile.bobbin)\(hint)", line: cap.line)
        }
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
