/// The values of JSON numbers. What is read here has been validated by a scan.
enum JSONNumber {
    /// The integer, exactly; nil if it has a fraction or an exponent, or if `Int` cannot hold it.
    static func integer(_ range: Range<Int>, in text: Span<UInt8>) -> Int? {
        let isNegative = text[range.lowerBound] == UInt8(ascii: "-")
        var value = 0
        for at in (isNegative ? range.lowerBound + 1 : range.lowerBound)..<range.upperBound {
            let digit = Int(text[at]) - Int(UInt8(ascii: "0"))
            guard 0...9 ~= digit else { return nil }
            let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, overflowToo) =
                isNegative ? tens.subtractingReportingOverflow(digit) : tens.addingReportingOverflow(digit)
            guard !overflow, !overflowToo else { return nil }
            value = sum
        }
        return value
    }

    static func hasIntegerForm(_ range: Range<Int>, in text: Span<UInt8>) -> Bool {
        for at in range where text[at] == UInt8(ascii: ".") || text[at] | 0x20 == UInt8(ascii: "e") { return false }
        return true
    }

    /// The nearest double, ties to even; infinite if it is too large.
    static func double(_ range: Range<Int>, in text: Span<UInt8>) -> Double {
        if let value = shortDouble(range, in: text) { return value }
        var bytes: [UInt8] = []
        bytes.append(copying: range, of: text)
        // The standard library reads with strtod in the C locale: correctly rounded, whatever the process's locale is.
        guard let value = Double(String(decoding: bytes, as: UTF8.self)) else {
            preconditionFailure("the scan let a bad number pass")
        }
        return value
    }

    /// Nil for an exponent and for more than 16 characters. So there are at most 15 digits and a point: digits and
    /// power of ten are exact in a double, and one division rounds once and rightly (Clinger, "How to Read Floating
    /// Point Numbers Accurately", 1990). Or there are 16 digits and no point: the conversion rounds, the division by
    /// one does not.
    private static func shortDouble(_ range: Range<Int>, in text: Span<UInt8>) -> Double? {
        guard range.count <= 16 else { return nil }
        var digits: Int64 = 0
        var decimals = 0
        var sawPoint = false
        for at in range {
            switch text[at] {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                digits = digits * 10 + Int64(text[at] - UInt8(ascii: "0"))
                if sawPoint { decimals += 1 }
            case UInt8(ascii: "."): sawPoint = true
            case UInt8(ascii: "-") where at == range.lowerBound: continue
            default: return nil
            }
        }
        let magnitude = Double(digits) / powersOfTen[decimals]
        return text[range.lowerBound] == UInt8(ascii: "-") ? -magnitude : magnitude
    }

    private static let powersOfTen: [Double] = [
        1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    ]
}
