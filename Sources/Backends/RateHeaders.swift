package import BatchCore

/// Reads what a server says that it still takes, as a pure function of its headers and the time.
package enum RateHeaders {
    /// `x-ratelimit-remaining-requests`, `-tokens` and `x-ratelimit-reset-…` with a duration (OpenAI and others), or
    /// `anthropic-ratelimit-requests-remaining` and `-reset` with a time; of Anthropic's counts of tokens the one
    /// that is said to hold for all, else the smaller. A count without its reset says nothing, nor does nonsense.
    /// - Parameters:
    ///   - now: Unix seconds by the wall clock, asked only where a time must be understood.
    ///   - header: the value of a header by its name.
    package static func report(now: () -> Int64, header: (String) -> String?) -> RateReport? {
        func openAI(_ what: String) -> RateReport.Remaining? {
            guard let left = header("x-ratelimit-remaining-" + what).flatMap(count),
                let reset = header("x-ratelimit-reset-" + what).flatMap({ duration($0) })
            else { return nil }
            return RateReport.Remaining(left: left, reset: reset)
        }
        func anthropic(_ what: String) -> RateReport.Remaining? {
            guard let left = header("anthropic-ratelimit-\(what)-remaining").flatMap(count),
                let reset = header("anthropic-ratelimit-\(what)-reset").flatMap({ Timestamp($0) })
            else { return nil }
            return RateReport.Remaining(left: left, reset: max(.zero, reset - Timestamp(seconds: now())))
        }
        var report = RateReport(requests: openAI("requests"), tokens: openAI("tokens"))
        if report == RateReport() {
            report.requests = anthropic("requests")
            report.tokens =
                anthropic("tokens")
                ?? [anthropic("input-tokens"), anthropic("output-tokens")].compactMap(\.self)
                .min { $0.left < $1.left }
        }
        return report == RateReport() ? nil : report
    }

    private static func count(_ text: String) -> Int? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        // "Without limit" may be the largest number there is, to which nothing can be added.
        return Int(text).map { min($0, 1 << 53) }
    }

    /// As Go writes one: `1s`, `6m0s`, `17ms`, `2m59.56s`.
    static func duration(_ text: String) -> Duration? {
        var rest = text[...]
        var sum = Duration.zero
        while !rest.isEmpty {
            let number = rest.prefix { $0.isASCII && $0.isNumber || $0 == "." }
            rest = rest.dropFirst(number.count)
            let name = rest.prefix { !($0.isASCII && $0.isNumber) && $0 != "." }
            rest = rest.dropFirst(name.count)
            guard let value = Double(number), value < 1e9, let unit = units[name] else { return nil }
            sum += unit * value
        }
        return text.isEmpty ? nil : sum
    }

    private static let units: [Substring: Duration] = [
        "h": .seconds(3600), "m": .seconds(60), "s": .seconds(1), "ms": .milliseconds(1), "us": .microseconds(1),
        "µs": .microseconds(1), "ns": .nanoseconds(1),
    ]
}
