/// A number whose own text may not be its canonical form.
enum CanonicalNumber {
    static func append(
        _ range: Range<Int>, in text: Span<UInt8>, _ numbers: CanonicalJSON.Numbers, to form: inout OutputSpan<UInt8>
    ) {
        if let digits = withoutZeros(range, in: text) { return form.append(copying: digits, of: text) }
        let printed = ES6Number(JSONNumber.double(range, in: text))
        if numbers == .exactIntegers, JSONNumber.hasIntegerForm(range, in: text), !printed.digits.isEmpty,
            !isExact(range, in: text, printed)
        {
            form.append(copying: range, of: text)
        } else {
            printed.write { form.append($0) }
        }
    }

    /// The fast way for what producers write most, such as `1.0` or `0.50`: a decimal of up to 15 digits that has only
    /// zeros to lose. Nil for anything else.
    private static func withoutZeros(_ range: Range<Int>, in text: Span<UInt8>) -> Range<Int>? {
        guard range.count <= 16 else { return nil }
        var hasPoint = false
        for at in range {
            if text[at] == UInt8(ascii: ".") { hasPoint = true }
            if text[at] > UInt8(ascii: "9") { return nil }  // an exponent
        }
        guard hasPoint else { return nil }
        var end = range.upperBound
        while text[end - 1] == UInt8(ascii: "0") { end -= 1 }
        if text[end - 1] == UInt8(ascii: ".") { end -= 1 }
        let whole = text[range.lowerBound] == UInt8(ascii: "-") ? range.lowerBound + 1 : range.lowerBound
        guard text[whole] == UInt8(ascii: "0") else { return range.lowerBound..<end }
        if end == whole + 1 { return whole..<end }  // zero, which has no sign
        return text[whole + 2] == UInt8(ascii: "0") ? nil : range.lowerBound..<end  // may be too small to be printed so
    }

    /// Whether a double holds the integer exactly and prints as the same integer. The second does not follow: 2^68 is a
    /// double, and is printed as 295147905179352830000, which is another integer.
    private static func isExact(_ range: Range<Int>, in text: Span<UInt8>, _ printed: ES6Number) -> Bool {
        let start = text[range.lowerBound] == UInt8(ascii: "-") ? range.lowerBound + 1 : range.lowerBound
        guard range.upperBound - start == printed.point else { return false }
        var significant: UInt64 = 0  // at most 17 digits, as many as a double is ever printed with
        for (offset, digit) in printed.digits.enumerated() {
            guard text[start + offset] == digit else { return false }
            significant = significant * 10 + UInt64(digit - UInt8(ascii: "0"))
        }
        for at in start + printed.digits.count..<range.upperBound where text[at] != UInt8(ascii: "0") { return false }
        // significant * 10^zeros fits a double if its odd part, which is that of significant * 5^zeros, has 53 bits.
        let zeros = printed.point - printed.digits.count
        var odd = significant >> UInt64(significant.trailingZeroBitCount)
        for _ in 0..<zeros where odd < 1 << 53 { odd *= 5 }
        return odd < 1 << 53
    }
}
