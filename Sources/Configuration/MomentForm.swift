import BatchCore

extension Form where Value == Timestamp {
    /// A moment such as `2026-12-01T00:00:00+01:00` (RFC 3339), or a date, which means its midnight in UTC.
    static var moment: Form {
        Form<String> { node, findings in
            if case .string(let text) = node.value { return text }
            findings.refuse(node, "must be a date or time in a string, such as \"2026-12-01\", not \(node.kind)")
            return nil
        }.then { text throws(Refusal) in
            guard let moment = parsed(text) else {
                throw Refusal(
                    "must be a date such as \"2026-12-01\" (from its midnight in UTC on) or a time with its offset "
                        + "such as \"2026-12-01T00:00:00+01:00\", not \"\(TomlPath.printable(text))\"")
            }
            return moment
        }
    }

    private static func parsed(_ text: String) -> Timestamp? {
        if let date = CivilDate(text) { return Timestamp(seconds: Int64(date.daysSinceEpoch) * 86_400) }
        if let moment = Timestamp(text) { return moment }
        let bytes = Array(text.utf8)
        guard bytes.count > 6, let sign = bytes.dropLast(5).last,
            sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-"),
            let local = Timestamp(String(decoding: bytes.dropLast(6), as: UTF8.self) + "Z"),
            let offset = Timestamp("1970-01-01T" + String(decoding: bytes.suffix(5), as: UTF8.self) + ":00Z")
        else { return nil }
        // East of Greenwich the clock is ahead.
        return Timestamp(
            milliseconds: local.milliseconds + (sign == UInt8(ascii: "+") ? -1 : 1) * offset.milliseconds)
    }
}
