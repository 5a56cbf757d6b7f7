import Configuration
import Testing

/// A text that is refused in `file`, and the whole message.
struct Refused: CustomTestStringConvertible, Sendable {
    let file: String
    let text: String
    let message: String
    var testDescription: String { message }

    init(_ file: String, _ text: String, _ message: String) {
        (self.file, self.text, self.message) = (file, text, message)
    }
}

@Suite("What is wrong is refused with its file, its line and what to write")
struct RefusedTests {
    @Test("in bobbin.toml", arguments: bobbin)
    func bobbinFile(refused: Refused) throws { try expect(refused) }

    @Test("in budget.toml", arguments: budget)
    func budgetFile(refused: Refused) throws { try expect(refused) }

    @Test("in models.toml", arguments: models)
    func modelsFile(refused: Refused) throws { try expect(refused) }

    @Test("in gate.toml", arguments: gate)
    func gateFile(refused: Refused) throws { try expect(refused) }

    private func expect(_ refused: Refused) throws {
        let found = try problems(["\(refused.file).toml": refused.text])
        #expect(found == ["\(refused.file).toml:\(refused.message)"])
    }

    static let bobbin = [
        Refused(
            "bobbin", "[lanes.default]\nconcurency = 3",
            "2: unknown key `concurency` in [lanes.default]; did you mean `concurrency`?"),
        Refused("bobbin", "\n[lane.default]", "2: unknown key `lane`; did you mean `lanes`?"),
        Refused(
            "bobbin", "colour = 1",
            "1: unknown key `colour`; known here: `concurrency`, `hashlog`, `lanes`, `limits`, `notify`, "
                + "`retry`, `shutdown_timeout`, `spool`"),
        Refused(
            "bobbin", "lanes.x.\"a\\nb\" = 1",
            "1: unknown key `\"a b\"` in [lanes.x]; known here: `answer_max_age`, `bad_lines`, `concurrency`, "
                + "`deadline`, `manifest`, `max_wait`, `priority`, `reuse_sampled`, `settle`, `shard_lines`, `weight`, "
                + "`windows`"),
        Refused(
            "bobbin", "lanes.x.reuse_sampled = \"no\"",
            "1: `reuse_sampled` in [lanes.x] must be true or false, not a string"),
        Refused(
            "bobbin", "lanes.x.answer_max_age = \"0h\"",
            "1: `answer_max_age` in [lanes.x] must be above zero and at most 3650d, not \"0h\""),
        Refused("bobbin", "spool = 3", "1: `spool` must be a string, not an integer"),
        Refused("bobbin", "spool = \"\"", "1: `spool` must not be empty"),
        Refused("bobbin", "spool = \"/a\\u0000b\"", "1: `spool` must not have control characters"),
        Refused("bobbin", "lanes = 3", "1: `lanes` must be a table, not an integer"),
        Refused("bobbin", "[[lanes.x]]", "1: `x` in [lanes] must be a table, not an array"),
        Refused(
            "bobbin", "[lanes.Nightly]", "1: the name of a lane must be 1 to 64 of a-z, 0-9, _ and -, not `Nightly`"),
        Refused(
            "bobbin", "[lanes.x]\nconcurrency = 1025",
            "2: `concurrency` in [lanes.x] must be a whole number from 1 to 1024, not 1025"),
        Refused(
            "bobbin", "[lanes.x]\nconcurrency = 1.5",
            "2: `concurrency` in [lanes.x] must be a whole number from 1 to 1024, not a float"),
        Refused(
            "bobbin", "[lanes.x]\nshard_lines = 0",
            "2: `shard_lines` in [lanes.x] must be a whole number from 1 to 50000, not 0"),
        Refused(
            "bobbin", "lanes.x.bad_lines = 1.01", "1: `bad_lines` in [lanes.x] must be a number from 0 to 1, not 1.01"),
        Refused(
            "bobbin", "lanes.x.bad_lines = nan", "1: `bad_lines` in [lanes.x] must be a number from 0 to 1, not nan"),
        Refused(
            "bobbin", "lanes.x.manifest = \"yes\"",
            "1: `manifest` in [lanes.x] must be \"required\" or \"none\", not \"yes\""),
        Refused(
            "bobbin", "lanes.x.windows = [\n\"22:00-06:00\",\n\"6-22\"]",
            "3: value 2 of `windows` in [lanes.x] must be a window of local time such as \"22:00-06:00\", "
                + "not \"6-22\""),
        Refused(
            "bobbin", "lanes.x.windows = [\"24:00-06:00\"]",
            "1: value 1 of `windows` in [lanes.x] must be a window of local time such as \"22:00-06:00\", "
                + "not \"24:00-06:00\""),
        Refused(
            "bobbin", "lanes.x.windows = \"22:00-06:00\"", "1: `windows` in [lanes.x] must be an array, not a string"),
        Refused(
            "bobbin", "lanes.x.deadline = 24",
            "1: `deadline` in [lanes.x] must be a string with a unit (ms, s, m, h or d), such as \"30s\", "
                + "not a bare number"),
        Refused(
            "bobbin", "lanes.x.settle = 00:00:02",
            "1: `settle` in [lanes.x] must be a duration such as \"30s\", "
                + "not a date or time"),
        Refused(
            "bobbin", "retry.base = \"0s\"", "1: `base` in [retry] must be above zero and at most 3650d, not \"0s\""),
        Refused(
            "bobbin", "retry.cap = \"3651d\"", "1: `cap` in [retry] must be above zero and at most 3650d, not \"3651d\""
        ),
        Refused(
            "bobbin", "shutdown_timeout = \"1.5s\"",
            "1: `shutdown_timeout` must be a whole number with a unit (ms, s, m, h or d), such as \"500ms\" "
                + "or \"24h\", not \"1.5s\""),
        Refused(
            "bobbin", "retry.attempts = 21", "1: `attempts` in [retry] must be a whole number from 1 to 20, not 21"),
        Refused("bobbin", "notify.exec = []", "1: `exec` in [notify] must name a program and its arguments"),
        Refused("bobbin", "notify.exec = [1]", "1: value 1 of `exec` in [notify] must be a string, not an integer"),
        Refused(
            "bobbin", "notify.webhook = \"https://example.org/hook\"",
            "1: `webhook` in [notify] needs `webhook_secret` beside it, which its receiver has too: "
                + "\"credential:NAME\" or \"env:NAME\" of a text such as whsec_ and the Base64 of 32 random bytes"),
        Refused(
            "bobbin", "notify.webhook_secret = \"env:HOOK\"",
            "1: `webhook_secret` in [notify] signs nothing: `webhook` is missing beside it"),
        Refused(
            "bobbin", "[notify]\nwebhook_secret = \"env:HOOK\"\nwebhook = \"ftp://example.org/?secret\"",
            "3: `webhook` in [notify] must be http(s)://host[:port][/path][?query], without user or fragment"),
        Refused(
            "bobbin", "[notify]\nwebhook = \"https://example.org\"\nwebhook_secret = \"whsec_c2VjcmV0\"",
            "3: `webhook_secret` in [notify] must be \"credential:NAME\" or \"env:NAME\", never the key itself"),
        Refused(
            "bobbin", "spool = \"a\"\nspool = \"b\"",
            "2:9: not TOML: Error while parsing key-value pair: "
                + "cannot redefine existing string 'spool'"),
        Refused(
            "bobbin", "[.a]",
            "1:2: not TOML: Error while parsing key: expected bare key starting character or string delimiter, "
                + "saw '.'"),
        Refused(
            "bobbin", "\u{fc}ber = 1",
            "1:1: not TOML: Error while parsing root table: expected keys, tables, whitespace or comments, saw '\u{fc}'"
        ),
        Refused("bobbin", "a = [1,", "1:8: not TOML: Error while parsing array: encountered end-of-file"),
    ]

    static let budget = [
        Refused(
            "budget", "[day]\nusd = 25.00",
            "2: `usd` in [day] must not be a bare number; write it as a string: \"25.00\""),
        Refused(
            "budget", "[day]\nusd = 25",
            "2: `usd` in [day] must not be a bare number; write it as a string: \"25.00\""),
        Refused(
            "budget", "day.usd = true",
            "1: `usd` in [day] must be a decimal amount in a string such as \"25.00\", not a boolean"),
        Refused(
            "budget", "[models.gpt]", "1: `gpt` in [models] is no model of models.toml; known here: `m`"),
        Refused(
            "budget", "[uids.root]",
            "1: a uid must be a number such as 1000 (`id -u NAME` says it), not `root`"),
        Refused(
            "budget", "[uids.007]", "1: a uid must be a number such as 1000 (`id -u NAME` says it), not `007`"),
        Refused(
            "budget", "[uid]\nusd = 5", "2: `usd` in [uid] must not be a bare number; write it as a string: \"25.00\""),
        Refused("budget", "day.sud = \"1\"", "1: unknown key `sud` in [day]; did you mean `usd`?"),
        Refused("budget", "day.usd = \"-1\"", "1: `usd` in [day] must not be negative, not \"-1\""),
        Refused(
            "budget", "day.usd = \"$5\"", "1: `usd` in [day] must be a decimal amount such as \"25.00\", not \"$5\""),
        Refused(
            "budget", "day.usd = \"1e3\"", "1: `usd` in [day] must be a decimal amount such as \"25.00\", not \"1e3\""),
        Refused(
            "budget", "day.usd = \"0.0000000000001\"",
            "1: `usd` in [day] must be at most 1000000000 with at most 12 decimals, not \"0.0000000000001\""),
        Refused(
            "budget", "day.usd = \"1000000000.01\"",
            "1: `usd` in [day] must be at most 1000000000 with at most 12 decimals, not \"1000000000.01\""),
        Refused(
            "budget", "day.tokens = -1",
            "1: `tokens` in [day] must be a whole number from 0 to 1000000000000000, not -1"),
        Refused(
            "budget", "time_zone = \"Europe/Berln\"",
            "1: `time_zone` must be an IANA time zone such as \"Europe/Berlin\"; \"Europe/Berln\" is not in "
                + "/usr/share/zoneinfo (is tzdata installed?)"),
        Refused(
            "budget", "time_zone = \"zone.tab\"",
            "1: `time_zone` must be an IANA time zone such as \"Europe/Berlin\"; \"zone.tab\" is not in "
                + "/usr/share/zoneinfo (is tzdata installed?)"),
        Refused(
            "budget", "time_zone = \"../zoneinfo/UTC\"",
            "1: `time_zone` must be an IANA time zone such as \"Europe/Berlin\"; \"../zoneinfo/UTC\" is not in "
                + "/usr/share/zoneinfo (is tzdata installed?)"),
        Refused(
            "budget", "when_exhausted = \"stop\"", "1: `when_exhausted` must be \"park\" or \"reject\", not \"stop\""),
        Refused("budget", "thresholds = [0.5, 0.5]", "1: `thresholds` must be ascending, each number once"),
        Refused(
            "budget", "thresholds = [0, 0.5]",
            "1: value 1 of `thresholds` must be a number above 0 and at most 1, not 0.0"),
        Refused(
            "budget", "[lanes.nightly]", "1: `nightly` in [lanes] is no lane of bobbin.toml; known here: `default`"),
        Refused(
            "budget", "[lanes.defualt]\nusd = \"1\"",
            "1: `defualt` in [lanes] is no lane of bobbin.toml; did you mean `default`?"),
        Refused(
            "budget", "[lanes.default]\neur = \"1\"",
            "2: unknown key `eur` in [lanes.default]; known here: `tokens`, `usd`"),
    ]

    static let gate = [
        Refused(
            "gate", "[judge]\nexec = [\"./nothing\"]",
            "2: `exec` in [judge] begins with a program that is not there: ./nothing"),
        Refused(
            "gate", "[judge]\nexec = [\"python3\", \"judge.py\"]",
            "2: `exec` in [judge] must begin with the path of a program, such as \"./judge\", not \"python3\": "
                + "no PATH is searched"),
        Refused(
            "gate", "judge.exec = [\"/\"]", "1: `exec` in [judge] must begin with a program; / is no regular file"),
        Refused(
            "gate", "[lanes.default.judge]\nexec = [\"./nothing\"]",
            "2: `exec` in [lanes.default.judge] begins with a program that is not there: ./nothing"),
        Refused(
            "gate", "[judge]\nexec = [\"/bin/sh\"]\nmodel = \"m\"",
            "1: `judge` needs one of `exec` and `model`, not both"),
        Refused(
            "gate", "[judge]\nmodel = \"other\"",
            "2: `model` in [judge] names \"other\", which is no model and no route of models.toml"),
        Refused(
            "gate", "[judge]\nmodel = \"m\"\ninstructions = \"/dev/null/x\"",
            "3: `instructions` in [judge] names a file that cannot be read as a regular file of up to 64 KiB: "
                + "/dev/null/x: Not a directory"),
        Refused(
            "gate", "[judge]\nexec = []\nworkers = 33",
            "3: `workers` in [judge] must be a whole number from 1 to 32, not 33"),
        Refused("gate", "[judge]\nworkers = 3", "1: `judge` needs `exec`, a program that judges, or `model`"),
        Refused(
            "gate", "[lanes.defualt.canary]\nlines = 1",
            "1: `defualt` in [lanes] is no lane of bobbin.toml; did you mean `default`?"),
        Refused(
            "gate", "[models.n.checks]\njson = true",
            "1: `n` in [models] is no model of models.toml; did you mean `m`?"),
        Refused(
            "gate", "[lanes.default]\n[models.m.checks]\njson = 1",
            "3: `json` in [models.m.checks] must be true or false, not an integer"),
        Refused(
            "gate", "[lanes.default]\nchecks.max_length = 0",
            "2: `max_length` in [lanes.default.checks] must be a whole number from 1 to 1000000000, not 0"),
        Refused(
            "gate", "checks.finish_reason = []", "1: `finish_reason` in [checks] must name at least one finish reason"),
        Refused("gate", "checks.non_empty = 1", "1: `non_empty` in [checks] must be true or false, not an integer"),
        Refused(
            "gate", "checks.must_match = \"[A-\"",
            "1: `must_match` in [checks] is no regular expression: "
                + "missing terminating ] for character class (at byte 3)"),
        Refused(
            "gate", "checks.script = \"Klingon\"",
            "1: `script` in [checks] is no Unicode script, such as \"Latin\", \"Cyrillic\" or \"Han\""),
        Refused(
            "gate", "checks.labels_at = \"label\"\nchecks.labels = [\"a\"]",
            "1: `labels_at` in [checks] is no JSON pointer, such as \"/items/0/price\""),
        Refused(
            "gate", "checks.ranges = [{ min = 1 }]",
            "1: value 1 of `ranges` in [checks] needs at, the place of the number"),
        Refused(
            "gate", "[checks]\nmin_length = 5\nmax_length = 4",
            "1: `checks` needs min_length (5) of at most max_length (4)"),
        Refused(
            "gate", "checks.max_length = 0",
            "1: `max_length` in [checks] must be a whole number from 1 to 1000000000, not 0"),
        Refused(
            "gate", "sample.rejectable = 0",
            "1: `rejectable` in [sample] must be a number above 0 and at most 1, not 0.0"),
        Refused(
            "gate", "[sample]\nacceptable = 0.2",
            "1: `sample` needs acceptable (0.2) below rejectable (0.1)"),
        Refused("gate", "sample.alpha = 1", "1: `alpha` in [sample] must be a number above 0 and below 1, not 1.0"),
        Refused("gate", "sample.beta = 0.0", "1: `beta` in [sample] must be a number above 0 and below 1, not 0.0"),
        Refused(
            "gate", "consequences.review = true",
            "1: `review` in [consequences] must be \"never\" or \"always\", not a boolean"),
        Refused(
            "gate", "consequences.rejected = \"retry\"",
            "1: `rejected` in [consequences] must be \"reject\" or \"escalate\" or \"review\", not \"retry\""),
        Refused("gate", "canary.lines = -1", "1: `lines` in [canary] must be a whole number from 0 to 50000, not -1"),
    ]
}
