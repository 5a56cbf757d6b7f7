import ArgumentParser
import BatchCore
import Configuration
import DurableFiles
import Glibc
import Pipeline
import SystemPackage

struct SimulateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Runs days of arrivals in seconds: waiting, cost, use of the slots. Sends nothing.",
        discussion: """
            A trace has one JSON object a line: {"at": "2026-11-24T09:00:00Z", "lane": "nightly", "lines": 5000, \
            "input_tokens": 800, "output_tokens": 200, "seconds": 1.5}. Tokens and seconds are those of one request, \
            on average. `name`, `model` (of models.toml), `max_tokens`, `spread` (0 to 1, of seconds and output \
            tokens) and `bad` (0 to 1, the share of shards that the gate rejects; they are paid for and run again) \
            may be added. Spool/samples/trace.jsonl is one.

            Lanes, windows, caps and prices are those of the configuration. Several values of --shard-lines or \
            --concurrency, with commas between, are compared: each in all lanes at once.
            """)

    @Option(help: "The trace; - is standard input.")
    var trace: String

    @Option(help: "Lines of a shard, instead of those in bobbin.toml; with commas: compared.")
    var shardLines: String?

    @Option(help: "Requests in flight of each lane, instead of those in bobbin.toml; with commas: compared.")
    var concurrency: String?

    @Option(help: "What a shard takes before its first request; as measured, where none is given.")
    var shardOverhead: String?

    @Option(help: "Count with a crash in so long a time, such as 24h.")
    var crashEvery: String?

    @Option(help: "Of the numbers that look random.")
    var seed: UInt64 = 1

    @Flag(help: "Print CSV: a row for each run and lane.")
    var csv = false

    @OptionGroup var shared: SharedOptions

    func run() async throws {
        if csv && shared.json { throw Failure.usage("--csv and --json: one of them") }
        let (_, policies) = try shared.house()
        let overhead = try duration(shardOverhead, "--shard-overhead") ?? SimulationRules.measuredOverhead
        let crashEvery = try duration(crashEvery, "--crash-every")
        if crashEvery == .zero { throw Failure.usage("--crash-every 0s: state how long it is from crash to crash") }
        let rules = policies.simulation(shardOverhead: overhead, crashEvery: crashEvery, seed: seed)
        let arrivals = try arrivals(rules)
        var runs: [SimulatedRun] = []
        for lines in try values(shardLines, "--shard-lines", 1...1_000_000) {
            for slots in try values(concurrency, "--concurrency", 1...1024) {
                var rules = rules
                for name in Set(rules.schedule.lanes.keys).union([Lane.defaultName]) {
                    var lane = rules.schedule.lane(name)
                    lane.name = name
                    lane.shardLines = lines ?? lane.shardLines
                    lane.concurrency = slots ?? lane.concurrency
                    rules.schedule.lanes[name] = lane
                }
                rules.schedule.concurrency = max(rules.schedule.concurrency, slots ?? 0)
                runs.append(
                    SimulatedRun(
                        shardLines: lines, concurrency: slots, result: Simulation(arrivals, rules).run()))
            }
        }
        let report = SimulationReport(runs: runs, overhead: overhead)
        if shared.json {
            Terminal.say(report.json)
        } else if csv {
            Terminal.write(report.csv)
        } else {
            for line in report.lines { Terminal.say(Terminal.printable(line)) }
        }
    }

    private func arrivals(_ rules: SimulationRules) throws -> [TracedArrival] {
        let input = try InputFile(trace)
        defer { input.remove() }
        guard let text = try DurableFile.read(input.path) else {
            throw Failure(code: EX_NOINPUT, message: "\(trace): there is no such file")
        }
        do throws(TraceError) {
            let arrivals = try TracedArrival.trace(parsing: text)
            try rules.check(arrivals)
            return arrivals
        } catch {
            throw Failure.badInput("\(trace):\(error)")
        }
    }

    /// - Returns: [nil] where none is stated: what the configuration says.
    private func values(_ stated: String?, _ option: String, _ range: ClosedRange<Int>) throws -> [Int?] {
        guard let stated else { return [nil] }
        return try stated.split(separator: ",", omittingEmptySubsequences: false).map { part in
            guard let value = Int(part), range.contains(value) else {
                throw Failure.usage(
                    "\(option) \(stated): state whole numbers from \(range.lowerBound) to \(range.upperBound)")
            }
            return value
        }
    }

    private func duration(_ stated: String?, _ option: String) throws -> Duration? {
        guard let stated else { return nil }
        guard let duration = Duration(stated: stated) else {
            throw Failure.usage("\(option) \(stated): state a time such as 50ms, 2s or 24h")
        }
        return duration
    }
}

/// One run of a trace, and what was set apart from the configuration.
struct SimulatedRun {
    let shardLines: Int?
    let concurrency: Int?
    let result: SimulationResult
}
