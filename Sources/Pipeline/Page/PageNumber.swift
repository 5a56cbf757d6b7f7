import BatchCore

/// Numbers as a person reads them: rounded where the exact one stands in report.json.
enum PageNumber {
    /// `12,345`
    static func count(_ number: Int) -> String {
        let digits = Array(String(number.magnitude))
        var text = number < 0 ? "-" : ""
        for (index, digit) in digits.enumerated() {
            if index > 0 && (digits.count - index) % 3 == 0 { text += "," }
            text.append(digit)
        }
        return text
    }

    /// `1 line`, `2 lines`
    static func count(_ number: Int, _ noun: String) -> String {
        "\(count(number)) \(noun)\(number == 1 ? "" : "s")"
    }

    /// `12.5 %`; what is not zero is never shown as zero.
    static func percent(_ rate: Double) -> String {
        let tenths = Int((rate * 1000).rounded())
        if tenths == 0 { return rate > 0 ? "<\u{A0}0.1\u{A0}%" : "0\u{A0}%" }
        if tenths == 1000 && rate < 1 { return ">\u{A0}99.9\u{A0}%" }
        return tenths % 10 == 0 ? "\(tenths / 10)\u{A0}%" : "\(tenths / 10).\(tenths % 10)\u{A0}%"
    }

    /// `2.1 % to 4.7 %`; one number where both are one.
    static func range(_ rates: ClosedRange<Double>) -> String {
        let (low, high) = (percent(rates.lowerBound), percent(rates.upperBound))
        return low == high ? low : "\(low) to \(high)"
    }

    /// `$12.30`, `$0.0123`: cents from a dollar on, three digits below.
    static func money(_ money: Money) -> String {
        let perCent: Int128 = 10_000_000_000
        var unit = perCent
        if money.picodollars.magnitude < (perCent * 100).magnitude {
            while unit > 1, money.picodollars.magnitude < (unit * 100).magnitude { unit /= 10 }
        }
        let rounded = Money(picodollars: (money.picodollars + unit / 2) / unit * unit)
        let text = rounded.description
        guard let point = text.firstIndex(of: "."), rounded.picodollars.magnitude >= (perCent * 100000).magnitude else {
            return text
        }
        let dollars = Int(text[..<point].drop { $0 == "$" }) ?? 0
        return "$\(count(dollars))\(text[point...])"
    }

    /// A round number that is not below `value`: 1, 2, 2.5 or 5 times a power of ten.
    static func roundedUp(_ value: Double) -> Double {
        guard value > 0 else { return 1 }
        var power = 1.0
        while power * 10 <= value { power *= 10 }
        while power > value { power /= 10 }
        return [1, 2, 2.5, 5, 10].map { $0 * power }.first { $0 >= value * 0.999999 } ?? value
    }
}
