extension JSONScanner {
    /// More digits than a double's largest integer has: such a number may overflow without an exponent.
    private static let safeDigits = 308
    /// Decimals of up to 15 significant digits differ as doubles if they differ at all (DBL_DIG): so none of them has a
    /// shorter form, and ECMAScript prints them as they stand.
    private static let ownDigits = 15

    /// Scans the number that is next, and writes its node.
    mutating func scanNumber(_ text: Span<UInt8>, _ tape: inout MutableSpan<JSONNode>) throws(JSONError) {
        let start = self.at
        let isNegative = text[start] == UInt8(ascii: "-")
        let whole = isNegative ? start + 1 : start
        var at = try digitsEnd(text, from: whole)
        let beginsWithZero = text[whole] == UInt8(ascii: "0")
        if beginsWithZero && at - whole > 1 {
            throw JSONError(offset: start, reason: "a number should not begin with 0")
        }
        var digits = at - whole
        var isCanonical = digits <= Self.ownDigits && !(isNegative && beginsWithZero)
        if at < text.count, text[at] == UInt8(ascii: ".") {
            let fraction = at + 1
            at = try digitsEnd(text, from: fraction)
            digits += at - fraction
            isCanonical =
                digits <= Self.ownDigits && text[at - 1] != UInt8(ascii: "0")
                && (!beginsWithZero || isAMillionthOrMore(text, fraction, at))
        }
        var hasExponent = false
        if at < text.count, text[at] | 0x20 == UInt8(ascii: "e") {
            hasExponent = true
            at += 1
            if at < text.count, text[at] == UInt8(ascii: "+") || text[at] == UInt8(ascii: "-") { at += 1 }
            at = try digitsEnd(text, from: at)
        }
        if (hasExponent || digits > Self.safeDigits), JSONNumber.double(start..<at, in: text).isInfinite {
            throw JSONError(offset: start, reason: "a double cannot hold the number")
        }
        isCanonical = isCanonical && !hasExponent
        if !isCanonical { reformedNumbers += 1 }
        self.at = at
        write(JSONNode(kind: .number, start: start, end: at, next: used &+ 1, isCanonical: isCanonical), &tape)
    }

    private func digitsEnd(_ text: Span<UInt8>, from start: Int) throws(JSONError) -> Int {
        var at = start
        while at < text.count, text[at] &- UInt8(ascii: "0") < 10 { at += 1 }
        guard at > start else { throw JSONError(offset: start, reason: "a digit should stand here") }
        return at
    }

    /// ECMAScript prints what is below 1e-6 with an exponent.
    private func isAMillionthOrMore(_ text: Span<UInt8>, _ fraction: Int, _ end: Int) -> Bool {
        for at in fraction..<min(end, fraction + 6) where text[at] != UInt8(ascii: "0") { return true }
        return false
    }
}
