/// A finite double as ECMAScript prints it (ECMA-262, Number::toString, which RFC 8785 section 3.2.2.3 prescribes).
///
/// The digits come from `Double.description`: the shortest that read back as the same double and, of those, the nearest
/// to it (SwiftDtoa in the standard library). Only where the point and the exponent stand differs from ECMAScript.
struct ES6Number {
    private let isNegative: Bool
    /// Significant decimal digits in ASCII without zeros around them; empty for zero.
    let digits: [UInt8]
    /// The value is 0.DIGITS times ten to this power (`n` in ECMA-262).
    let point: Int

    init(_ value: Double) {
        precondition(value.isFinite, "JSON has no infinity and no NaN")
        var digits: [UInt8] = []
        var point: Int?
        var exponent = 0
        var isExponentNegative = false
        var inExponent = false
        for byte in value.magnitude.description.utf8 {
            switch byte {
            case UInt8(ascii: "e"): inExponent = true
            case UInt8(ascii: "-"): isExponentNegative = true
            case UInt8(ascii: "+"): continue
            case UInt8(ascii: "."): point = digits.count
            case _ where inExponent: exponent = exponent * 10 + Int(byte - UInt8(ascii: "0"))
            default: digits.append(byte)
            }
        }
        let zeros = digits.prefix { $0 == UInt8(ascii: "0") }.count
        self.point = (point ?? digits.count) - zeros + (isExponentNegative ? -exponent : exponent)
        digits.removeFirst(zeros)
        while digits.last == UInt8(ascii: "0") { digits.removeLast() }
        self.digits = digits
        isNegative = value < 0
    }

    /// -0 is printed as 0.
    func append(to out: inout [UInt8]) {
        guard !digits.isEmpty else { return out.append(UInt8(ascii: "0")) }
        if isNegative { out.append(UInt8(ascii: "-")) }
        switch point {
        case digits.count...21 where digits.count <= 21:
            out.append(contentsOf: digits)
            appendZeros(point - digits.count, to: &out)
        case 1...21:
            out.append(contentsOf: digits[..<point])
            out.append(UInt8(ascii: "."))
            out.append(contentsOf: digits[point...])
        case -5...0:
            out.append(contentsOf: [UInt8(ascii: "0"), UInt8(ascii: ".")])
            appendZeros(-point, to: &out)
            out.append(contentsOf: digits)
        default:
            out.append(digits[0])
            if digits.count > 1 { out.append(UInt8(ascii: ".")) }
            out.append(contentsOf: digits[1...])
            out.append(UInt8(ascii: "e"))
            out.append(UInt8(ascii: point > 0 ? "+" : "-"))
            out.append(contentsOf: String((point - 1).magnitude).utf8)
        }
    }

    private func appendZeros(_ count: Int, to out: inout [UInt8]) {
        out.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: count))
    }
}
