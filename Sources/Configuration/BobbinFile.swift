import BatchCore
import SystemPackage

/// bobbin.toml: when and how.
struct BobbinFile {
    /// As the file has it: perhaps relative.
    var spool: String?
    /// The same.
    var witness: String?
    var shutdownTimeout = Duration.seconds(30)
    private var statedConcurrency: Int?
    private var namedLanes: [String: Stated<Lane>] = [:]
    var retry = RetryPolicy()
    var hashlog = Retention()
    var results = Retention()
    var limits = FileLimits()
    private var notifyTable = NotifyTable()

    var notify: NotifyPolicy { notifyTable.policy }

    /// What can be said only of several keys together.
    func check(_ findings: inout Findings) { notifyTable.check(&findings) }

    /// By name. A spool without any setting has the lane `default`, so it is always there.
    var lanes: [String: Lane] {
        namedLanes.compactMapValues(\.value).merging([Lane.defaultName: Lane(name: Lane.defaultName)]) { named, _ in
            named
        }
    }

    /// Requests in flight at a time, of all lanes together. Where nothing is stated it narrows no lane: those of one
    /// whose endpoint makes them wait would stand in the way of all.
    var concurrency: Int { statedConcurrency ?? lanes.values.reduce(0) { $0 + $1.concurrency } }

    static var form: Form<BobbinFile> {
        .table(
            BobbinFile(),
            [
                Key("spool", \.spool, .text),
                Key("witness", \.witness, .text),
                Key("shutdown_timeout", \.shutdownTimeout, .duration),
                Key("concurrency", \.statedConcurrency, .integer(1...4096)),
                Key("lanes", \.namedLanes, .tables(names: laneNameProblem, Lane.init(name:), laneKeys)),
                Key("retry", \.retry, .table(RetryPolicy(), retryKeys)),
                Key("hashlog", \.hashlog, .table(Retention(), retentionKeys)),
                Key("results", \.results, .table(Retention(), retentionKeys)),
                Key("limits", \.limits, .table(FileLimits(), limitKeys)),
                Key("notify", \.notifyTable, .table(NotifyTable(), NotifyTable.keys)),
            ])
    }

    private static var laneKeys: [Key<Lane>] {
        [
            Key("priority", \.priority, .integer(-1_000_000...1_000_000)),
            Key("weight", \.weight, .integer(1...1000)),
            Key("max_wait", \.maxWait, .duration),
            Key("concurrency", \.concurrency, .integer(1...1024)),
            Key("shard_lines", \.shardLines, .integer(1...50_000)),
            Key("bad_lines", \.badLines, .number("a number from 0 to 1") { 0...1 ~= $0 }),
            Key("windows", \.windows, .array(of: .window)),
            Key("deadline", \.deadline, .duration),
            Key("manifest", \.manifestRequired, .word(["required": true, "none": false])),
            Key("settle", \.settle, .duration),
            Key("reuse_sampled", \.reuseSampled, .boolean),
            Key("answer_max_age", \.answerMaxAge, .duration),
        ]
    }

    private static var retentionKeys: [Key<Retention>] {
        [
            Key("keep", \.keep, .duration),
            Key("keep_bytes", \.keepBytes, .integer(1...Int.max)),
        ]
    }

    private static var limitKeys: [Key<FileLimits>] {
        [
            Key("file_bytes", \.fileBytes, .integer(1...Int.max)),
            Key("lines", \.lines, .integer(1...Int(UInt32.max))),
            Key("bad_lines", \.badLines, .integer(1...Int(UInt32.max))),
        ]
    }

    private static var retryKeys: [Key<RetryPolicy>] {
        [
            Key("attempts", \.attempts, .integer(1...20)),
            Key("base", \.base, .duration),
            Key("cap", \.cap, .duration),
            Key("request_timeout", \.requestTimeout, .duration),
        ]
    }

    /// A lane is a directory of the inbox and a key of every report, so its name is the same everywhere.
    private static func laneNameProblem(_ name: String) -> String? {
        let isName = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"),
                UInt8(ascii: "-"):
                true
            default: false
            }
        }
        guard isName, 1...64 ~= name.utf8.count else {
            return "the name of a lane must be 1 to 64 of a-z, 0-9, _ and -, not `\(TomlPath.written(name))`"
        }
        return nil
    }

    /// - Returns: nil as long as the file names none. A relative path begins where the file is, not where the process
    ///   was started: the same files must mean the same spool to a service and to a command.
    func spool(from directory: FilePath) -> FilePath? { spool.map { Self.path($0, from: directory) } }

    func witness(from directory: FilePath) -> FilePath? { witness.map { Self.path($0, from: directory) } }

    private static func path(_ text: String, from directory: FilePath) -> FilePath {
        directory.pushing(FilePath(text)).lexicallyNormalized()
    }
}
