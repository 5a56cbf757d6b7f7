/// The pause a server asks for, as a pure function of header values and the time.
package enum RetryAfter {
    /// The longest pause that is told apart; RFC 9111 §1.2.2 has the same limit for its seconds.
    static let longest = Duration.seconds(1 << 31)

    /// Reads `Retry-After` (RFC 9110 §10.2.3): seconds or an HTTP-date.
    /// - Parameters:
    ///   - value: the header's value. A fraction of a second is accepted: some servers send it.
    ///   - now: Unix seconds by the wall clock, which a date is measured against.
    /// - Returns: nil for nonsense, for a negative number and for a time that has passed.
    package static func pause(_ value: String, now: Int64) -> Duration? {
        let value = value.drop { $0 == " " || $0 == "\t" }
        if let first = value.first, first.isASCII, first.isNumber { return seconds(value) }
        guard let moment = HTTPDate.unixSeconds(value, now: now), moment >= now else { return nil }
        return min(.seconds(moment - now), longest)
    }

    /// Reads `retry-after-ms`, which Azure's endpoints send and OpenAI's own clients prefer.
    package static func pause(milliseconds value: String) -> Duration? {
        guard let whole = digits(value.utf8[...]) else { return nil }
        return min(.milliseconds(whole), longest)
    }

    private static func seconds(_ value: Substring) -> Duration? {
        let parts = value.utf8.split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = digits(trimmed(parts[0])) else { return nil }
        guard parts.count == 2 else { return min(.seconds(whole), longest) }
        let fraction = trimmed(parts[1])
        guard digits(fraction) != nil else { return nil }
        let milliseconds = (fraction + [48, 48]).prefix(3).reduce(0) { $0 * 10 + Int64($1 - 48) }
        return min(.seconds(whole) + .milliseconds(milliseconds), longest)
    }

    private static func trimmed(_ text: Substring.UTF8View.SubSequence) -> Substring.UTF8View.SubSequence {
        let end = text.lastIndex { $0 != 32 && $0 != 9 }.map(text.index(after:)) ?? text.startIndex
        return text[..<end]
    }

    /// One digit or more and nothing else; a number too large to hold is as good as the longest pause.
    private static func digits(_ text: Substring.UTF8View.SubSequence) -> Int64? {
        guard !text.isEmpty, text.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return min(Int64(Substring(text)) ?? .max, 1 << 41)
    }
}
