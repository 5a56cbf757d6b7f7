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
    func write(_ emit: (UInt8) -> Void) {
        guard !digits.isEmpty else { return emit(UInt8(ascii: "0")) }
        if isNegative { emit(UInt8(ascii: "-")) }
        switch point {
        case 1...21:
            for place in 0..<max(point, digits.count) {
                if place == point { emit(UInt8(ascii: ".")) }
                emit(place < digits.count ? digits[place] : UInt8(ascii: "0"))
            }
        case -5...0:
            emit(UInt8(ascii: "0"))
            emit(UInt8(ascii: "."))
            for _ in 0..<(-point) { emit(UInt8(ascii: "0")) }
            for digit in digits { emit(digit) }
        default:
            emit(digits[0])
            if digits.count > 1 { emit(UInt8(ascii: ".")) }
            for digit in digits.dropFirst() { emit(digit) }
            emit(UInt8(ascii: "e"))
            emit(point > 0 ? UInt8(ascii: "+") : UInt8(ascii: "-"))
            for digit in String((point - 1).magnitude).utf8 { emit(digit) }
        }
    }
}
