/// The three forms of an HTTP-date (RFC 9110 §5.6.7):
/// `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT`, `Sun Nov  6 08:49:37 1994`.
enum HTTPDate {
    /// - Parameter now: Unix seconds; a year of two digits is the one that is not over fifty years ahead of it.
    /// - Returns: Unix seconds, or nil if the text is none of the three forms or no real date.
    static func unixSeconds(_ text: Substring, now: Int64) -> Int64? {
        let words = text.split { " ,-".contains($0) }
        let fields: (day: Substring, month: Substring, year: Substring, time: Substring)
        switch words.count {
        case 6 where words[5] == "GMT": fields = (words[1], words[2], words[3], words[4])
        case 5: fields = (words[2], words[1], words[4], words[3])
        default: return nil
        }
        guard let month = months.firstIndex(of: fields.month).map({ Int64($0) + 1 }),
            let day = number(fields.day, in: 1...31), let time = secondOfDay(fields.time),
            var year = number(fields.year, in: 0...9999)
        else { return nil }
        if fields.year.utf8.count == 2 { year = century(of: year, now: now) }
        let days = daysSince1970(year: year, month: month, day: day)
        // The thirty-first of a short month would silently be the first of the next one.
        let monthAfter = month == 12 ? (year + 1, 1) : (year, month + 1)
        guard days < daysSince1970(year: monthAfter.0, month: monthAfter.1, day: 1) else { return nil }
        return days * 86_400 + time
    }

    private static let months: [Substring] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    private static func number(_ text: Substring, in range: ClosedRange<Int64>) -> Int64? {
        guard text.utf8.allSatisfy({ (48...57).contains($0) }), let value = Int64(text) else { return nil }
        return range.contains(value) ? value : nil
    }

    private static func secondOfDay(_ text: Substring) -> Int64? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        // 60 is the leap second.
        guard parts.count == 3, let hour = number(parts[0], in: 0...23), let minute = number(parts[1], in: 0...59),
            let second = number(parts[2], in: 0...60)
        else { return nil }
        return hour * 3600 + minute * 60 + second
    }

    private static func century(of year: Int64, now: Int64) -> Int64 {
        let thisYear = 1970 + now / 31_556_952  // the mean Gregorian year: a day off at most, of fifty years
        let candidate = thisYear / 100 * 100 + year
        return candidate > thisYear + 50 ? candidate - 100 : candidate
    }

    /// Days from 1970-01-01 in the Gregorian calendar: years begin in March, so that the leap day comes last.
    private static func daysSince1970(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }
}
