/// A moment of wall-clock time: milliseconds since 1970-01-01T00:00:00Z. Whoever needs the present gets it as an
/// argument.
package struct Timestamp: Hashable, Comparable, Sendable {
    package var milliseconds: Int64

    package init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    package init(seconds: Int64) {
        self.milliseconds = seconds * 1000
    }

    /// Whole seconds since the epoch, rounded down.
    package var seconds: Int64 { milliseconds.dividedDown(by: 1000).quotient }

    package static func < (left: Timestamp, right: Timestamp) -> Bool { left.milliseconds < right.milliseconds }

    package static func + (left: Timestamp, right: Duration) -> Timestamp {
        let (seconds, attoseconds) = right.components
        return Timestamp(milliseconds: left.milliseconds + seconds * 1000 + attoseconds / 1_000_000_000_000_000)
    }

    package static func - (left: Timestamp, right: Timestamp) -> Duration {
        .milliseconds(left.milliseconds - right.milliseconds)
    }
}

extension Timestamp: CustomStringConvertible {
    /// RFC 3339 in UTC with milliseconds: `2026-11-24T10:00:00.123Z`.
    package var description: String {
        let (whole, rest) = milliseconds.dividedDown(by: 1000)
        let (days, second) = whole.dividedDown(by: 86_400)
        let date = CivilDate(daysSinceEpoch: Int(days))
        return "\(date)T\(clock(Int(second), separator: ":")).\(padded(Int(rest), to: 3))Z"
    }

    /// ISO 8601 basic form in UTC, as it stands in the name of a job: `20261124T100000Z`.
    package var compact: String {
        let (days, second) = seconds.dividedDown(by: 86_400)
        let date = CivilDate(daysSinceEpoch: Int(days))
        let day = padded(date.year, to: 4) + padded(date.month, to: 2) + padded(date.day, to: 2)
        return "\(day)T\(clock(Int(second), separator: ""))Z"
    }

    /// Reads what `description` writes (also without the fraction of a second); nil for anything else.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        /// Digits only: `Int64` would take a sign.
        func number(_ range: Range<Int>) -> Int64? {
            bytes[range].reduce(0) { number, byte in
                let digit = Int64(byte) - Int64(UInt8(ascii: "0"))
                return 0...9 ~= digit ? number.map { $0 * 10 + digit } : nil
            }
        }
        guard bytes.count >= 20, bytes.last == UInt8(ascii: "Z"), bytes[10] == UInt8(ascii: "T"),
            bytes[13] == UInt8(ascii: ":"), bytes[16] == UInt8(ascii: ":"),
            let date = CivilDate(String(decoding: bytes[..<10], as: UTF8.self)),
            let hour = number(11..<13), let minute = number(14..<16), let second = number(17..<19),
            hour < 24, minute < 60, second < 60
        else { return nil }
        var milliseconds: Int64 = 0
        if bytes.count > 20 {
            guard bytes.count == 24, bytes[19] == UInt8(ascii: "."), let fraction = number(20..<23) else { return nil }
            milliseconds = fraction
        }
        let days = Int64(date.daysSinceEpoch)
        self.init(milliseconds: (days * 86_400 + hour * 3600 + minute * 60 + second) * 1000 + milliseconds)
    }

    private func clock(_ second: Int, separator: String) -> String {
        [second / 3600, second / 60 % 60, second % 60].map { padded($0, to: 2) }.joined(separator: separator)
    }
}

/// A day of the Gregorian calendar, without a time zone.
package struct CivilDate: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let year: Int
    package let month: Int
    package let day: Int

    /// - Parameter daysSinceEpoch: days since 1970-01-01, by the algorithm of "chrono-Compatible Low-Level Date
    ///   Algorithms" (Howard Hinnant), `civil_from_days`.
    package init(daysSinceEpoch: Int) {
        let (era, dayOfEra) = (daysSinceEpoch + 719_468).dividedDown(by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// Reads `2026-11-24`; nil for anything else, a day that no calendar has included.
    package init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard text.utf8.count == 10, parts.count == 3, let year = Int(parts[0]), let month = Int(parts[1]),
            let day = Int(parts[2]), 1...12 ~= month, 1...31 ~= day
        else { return nil }
        self.init(daysSinceEpoch: Self.daysSinceEpoch(year, month, day))
        guard description == text else { return nil }
    }

    package var daysSinceEpoch: Int { Self.daysSinceEpoch(year, month, day) }

    package var description: String { "\(padded(year, to: 4))-\(padded(month, to: 2))-\(padded(day, to: 2))" }

    package static func < (left: CivilDate, right: CivilDate) -> Bool {
        (left.year, left.month, left.day) < (right.year, right.month, right.day)
    }

    private static func daysSinceEpoch(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let (era, yearOfEra) = (month <= 2 ? year - 1 : year).dividedDown(by: 400)
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}

extension BinaryInteger {
    /// Quotient and remainder of a division that rounds down, so that the remainder is never negative.
    func dividedDown(by divisor: Self) -> (quotient: Self, remainder: Self) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}

func padded(_ number: Int, to digits: Int) -> String {
    let text = String(number)
    return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
}
