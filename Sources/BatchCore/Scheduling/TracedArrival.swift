/// One file of a trace: when it arrives and what its requests take. Counts and seconds are means of its requests.
package struct TracedArrival: Equatable, Sendable {
    package var at: Timestamp
    /// When its job was claimed, where that was before the trace begins; it orders jobs and begins their deadlines.
    package var claimedAt: Timestamp?
    package var lane: String
    package var name: String
    /// A model or a route; nil: the only model of the catalogue.
    package var model: String?
    package var lines: Int
    package var inputTokens: Int
    package var outputTokens: Int
    /// The completion bound that its requests state; nil: that of the model.
    package var maxTokens: Int?
    /// From one request's first byte to its answer.
    package var seconds: Double
    /// Seconds and output tokens are between `1 - spread` and `1 + spread` times their means.
    package var spread: Double
    /// So many of its requests are simulated as one, which takes as long and costs as much as all of them: its lines,
    /// seconds, cost and worst case are those of such a bundle. It divides the lines of a shard.
    var bundle = 1
    /// Of one request; nil: by its tokens and the price of its model.
    var cost: Amount?
    /// What is reserved for one request; nil: by its tokens and the price of its model.
    var worstCase: Amount?
    /// Where it stands in a trace, from 1.
    package var line = 0
    /// The share of its shards that the gate rejects; they are paid for, and run once more.
    package var bad: Double

    package init(
        at: Timestamp, claimedAt: Timestamp? = nil, lane: String = Lane.defaultName, name: String = "",
        model: String? = nil, lines: Int, inputTokens: Int = 0, outputTokens: Int = 0, maxTokens: Int? = nil,
        seconds: Double, spread: Double = 0, bad: Double = 0
    ) {
        self.at = at
        self.claimedAt = claimedAt
        self.lane = lane
        self.name = name
        self.model = model
        self.lines = lines
        self.inputTokens = inputTokens
        self.outputTokens = outputTokens
        self.maxTokens = maxTokens
        self.seconds = seconds
        self.spread = spread
        self.bad = bad
    }
}

/// Why a trace cannot be simulated.
package struct TraceError: Error, Equatable, Sendable, CustomStringConvertible {
    /// From 1.
    package let line: Int
    /// What is wrong, and what to do about it.
    package let reason: String

    package init(line: Int, reason: String) {
        self.line = line
        self.reason = reason
    }

    package var description: String { "\(line): \(reason)" }
}

extension TracedArrival {
    private static let names: Set = [
        "at", "lane", "name", "model", "lines", "input_tokens", "output_tokens", "max_tokens", "seconds", "spread",
        "bad",
    ]
    /// More would be a slip; a day has 86,400 seconds.
    private static let linesLimit = 10_000_000
    private static let tokensLimit = 100_000_000

    /// Reads a trace: one JSON object a line, blank lines skipped, in any order of time.
    package static func trace(parsing text: [UInt8]) throws(TraceError) -> [TracedArrival] {
        var arrivals: [TracedArrival] = []
        for (index, line) in text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
            let line = Array(line)
            if line.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\r") }) { continue }
            arrivals.append(try TracedArrival(line, number: index + 1))
        }
        if arrivals.isEmpty {
            throw TraceError(
                line: 1, reason: "the trace is empty: write one object with `at`, `lines`, `seconds` a line")
        }
        return arrivals
    }

    private init(_ line: [UInt8], number: Int) throws(TraceError) {
        func wrong(_ reason: String) -> TraceError { TraceError(line: number, reason: reason) }
        let value: JSONValue
        do { value = try JSONValue(parsing: line) } catch {
            throw wrong("it is no JSON text (\(error)): write one object")
        }
        guard let members = value.members else { throw wrong("it is no JSON object: write one, such as {\"at\": …}") }
        if let unknown = members.first(where: { !Self.names.contains($0.name) })?.name {
            throw wrong(
                "`\(unknown)` is not known: leave it out; there are \(Self.names.sorted().joined(separator: ", "))")
        }
        func count(_ name: String, _ range: ClosedRange<Int>, else absent: Int?) throws(TraceError) -> Int {
            guard let stated = value[name] else {
                if let absent { return absent }
                throw wrong("`\(name)` is missing: state it")
            }
            guard let count = stated.int, range.contains(count) else {
                throw wrong("`\(name)` is no whole number from \(range.lowerBound) to \(range.upperBound): correct it")
            }
            return count
        }
        func measure(_ name: String, _ range: ClosedRange<Double>, else absent: Double?) throws(TraceError) -> Double {
            guard let stated = value[name] else {
                if let absent { return absent }
                throw wrong("`\(name)` is missing: state it")
            }
            guard let number = stated.double, range.contains(number) else {
                throw wrong("`\(name)` is no number from \(range.lowerBound) to \(range.upperBound): correct it")
            }
            return number
        }
        func text(_ name: String) throws(TraceError) -> String? {
            guard let stated = value[name] else { return nil }
            guard let text = stated.string, !text.isEmpty else { throw wrong("`\(name)` is no string: correct it") }
            return text
        }
        guard let at = try text("at").flatMap({ Timestamp($0) }) else {
            throw wrong("`at` is no time in UTC: write it as 2026-11-24T09:00:00Z")
        }
        self.init(
            at: at, lane: try text("lane") ?? Lane.defaultName, name: try text("name") ?? "line \(number)",
            model: try text("model"), lines: try count("lines", 1...Self.linesLimit, else: nil),
            inputTokens: try count("input_tokens", 0...Self.tokensLimit, else: 0),
            outputTokens: try count("output_tokens", 0...Self.tokensLimit, else: 0),
            maxTokens: value["max_tokens"] == nil ? nil : try count("max_tokens", 1...Self.tokensLimit, else: nil),
            seconds: try measure("seconds", 0.001...86_400, else: nil),
            spread: try measure("spread", 0...1, else: 0), bad: try measure("bad", 0...1, else: 0))
        self.line = number
    }
}
