import BatchCore

extension Form where Value == Duration {
    /// A whole number and a unit, such as `500ms`, `2s`, `5m`, `24h`, `7d`; above zero and at most ten years, which
    /// fits 64 bits of nanoseconds wherever a library counts in them.
    static var duration: Form {
        Form<String> { node, findings in
            switch node.value {
            case .string(let text): return text
            case .integer, .float:
                findings.refuse(
                    node, "must be a string with a unit (ms, s, m, h or d), such as \"30s\", not a bare number")
            default:
                findings.refuse(node, "must be a duration such as \"30s\", not \(node.kind)")
            }
            return nil
        }.then { text throws(Refusal) in
            guard let duration = Duration(stated: text) else {
                throw Refusal(
                    "must be a whole number with a unit (ms, s, m, h or d), such as \"500ms\" or \"24h\", "
                        + "not \"\(TomlPath.printable(text))\"")
            }
            guard duration > .zero, duration <= .seconds(3650 * 86_400) else {
                throw Refusal("must be above zero and at most 3650d, not \"\(text)\"")
            }
            return duration
        }
    }

}

extension Duration {
    /// Reads `500ms`, `2s`, `5m`, `24h`, `7d`; nil for anything else.
    package init?(stated text: String) {
        let digits = text.utf8.prefix { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
        let unit = text[digits.endIndex...]
        // Eleven digits of days are still 64 bits of milliseconds.
        guard digits.count <= 11, let number = Int64(Substring(digits)),
            let milliseconds = Self.millisecondsPerUnit.first(where: { $0.key == unit })?.value
        else { return nil }
        self = .milliseconds(number * milliseconds)
    }

    private static var millisecondsPerUnit: KeyValuePairs<String, Int64> {
        ["ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000]
    }
}

extension Form where Value == TimeWindow {
    /// `HH:MM-HH:MM` in 24-hour time. The end may be `24:00`; an end before the start is on the next day.
    static var window: Form {
        Form<String>.text.then { text throws(Refusal) in
            let ends = text.split(separator: "-", omittingEmptySubsequences: false).map(minute)
            guard ends.count == 2, let start = ends[0], let end = ends[1], start < 24 * 60 else {
                throw Refusal("must be a window of local time such as \"22:00-06:00\", not \"\(text)\"")
            }
            return TimeWindow(startMinute: start, endMinute: end % (24 * 60))
        }
    }

    /// - Returns: minutes after midnight, 0 to 1440.
    private static func minute(_ text: Substring) -> Int? {
        let bytes = Array(text.utf8)
        guard bytes.count == 5, bytes[2] == UInt8(ascii: ":") else { return nil }
        let digits = [bytes[0], bytes[1], bytes[3], bytes[4]].map { Int($0) - 48 }
        guard digits.allSatisfy({ 0...9 ~= $0 }) else { return nil }
        let (hour, minute) = (digits[0] * 10 + digits[1], digits[2] * 10 + digits[3])
        guard minute < 60, hour < 24 || (hour == 24 && minute == 0) else { return nil }
        return hour * 60 + minute
    }
}
