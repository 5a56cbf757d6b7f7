extension JSONScanner {
    /// Scans the string whose opening quote is next, and writes its node.
    mutating func scanString(_ text: Span<UInt8>, _ tape: inout MutableSpan<JSONNode>) throws(JSONError) {
        let start = at
        var position = start + 1
        var isEscaped = false
        var isCanonical = true
        while true {
            position = plainEnd(text, from: position)
            guard position < text.count else {
                throw JSONError(offset: position, reason: "the text ends within a string")
            }
            switch text[position] {
            case UInt8(ascii: "\""):
                at = position + 1
                tape[used] = JSONNode(
                    kind: .string, start: start, end: at, next: used + 1, isCanonical: isCanonical, isEscaped: isEscaped
                )
                used += 1
                if !isCanonical { deviation = start }
                return
            case UInt8(ascii: "\\"):
                isEscaped = true
                position = try scanEscape(text, from: position, &isCanonical)
            case 0..<0x20:
                throw JSONError(offset: position, reason: "a control character in a string should be escaped")
            default:
                repeat {
                    position = try scanUTF8(text, from: position)
                } while position < text.count && text[position] >= 0x80
            }
        }
    }

    /// The first byte from `start` on that is a quote, a backslash, a control character or not ASCII.
    @inline(__always)
    private func plainEnd(_ text: Span<UInt8>, from start: Int) -> Int {
        var at = start
        let raw = text.bytes
        while at + 16 <= text.count {
            // Within bounds by the condition above: a checked load for each eight bytes would cost what it guards.
            let low = unsafe raw.unsafeLoadUnaligned(fromUncheckedByteOffset: at, as: UInt64.self).littleEndian
            let high = unsafe raw.unsafeLoadUnaligned(fromUncheckedByteOffset: at + 8, as: UInt64.self).littleEndian
            let (lowMarks, highMarks) = (marks(low), marks(high))
            if lowMarks | highMarks != 0 {
                return lowMarks != 0
                    ? at + lowMarks.trailingZeroBitCount / 8 : at + 8 + highMarks.trailingZeroBitCount / 8
            }
            at += 16
        }
        while at < text.count {
            let byte = text[at]
            if byte < 0x20 || byte >= 0x80 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { return at }
            at += 1
        }
        return at
    }

    /// The high bit of each byte that ends a plain run. A byte above the first one found may be marked wrongly, by the
    /// borrow of a subtraction: only the lowest mark counts (Mycroft's test; Warren, Hacker's Delight, 6-1).
    @inline(__always)
    private func marks(_ word: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let quote = word ^ (ones &* 0x22)
        let backslash = word ^ (ones &* 0x5C)
        let below = (word &- ones &* 0x20) | (quote &- ones) | (backslash &- ones)
        return (below | word) & (ones &* 0x80)
    }

    /// The escape at `start`: well-formed, and no half of a surrogate pair. `isCanonical` becomes false if RFC 8785
    /// (section 3.2.2.2) writes the character in another way.
    private func scanEscape(
        _ text: Span<UInt8>, from start: Int, _ isCanonical: inout Bool
    ) throws(JSONError) -> Int {
        guard start + 1 < text.count else {
            throw JSONError(offset: text.count, reason: "the text ends within a string")
        }
        switch text[start + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "b"), UInt8(ascii: "f"), UInt8(ascii: "n"),
            UInt8(ascii: "r"), UInt8(ascii: "t"):
            return start + 2
        case UInt8(ascii: "/"):
            isCanonical = false
            return start + 2
        case UInt8(ascii: "u"):
            let unit = try scanUnit(text, from: start)
            guard 0xD800...0xDFFF ~= unit else {
                if !isShortest(unit, text, at: start) { isCanonical = false }
                return start + 6
            }
            isCanonical = false
            guard unit < 0xDC00, start + 7 < text.count, text[start + 6] == UInt8(ascii: "\\"),
                text[start + 7] == UInt8(ascii: "u"), case let low = try scanUnit(text, from: start + 6),
                0xDC00...0xDFFF ~= low
            else { throw JSONError(offset: start, reason: "a lone surrogate is no character") }
            return start + 12
        default: throw JSONError(offset: start, reason: "a backslash should begin an escape that JSON knows")
        }
    }

    private func scanUnit(_ text: Span<UInt8>, from start: Int) throws(JSONError) -> UInt32 {
        guard start + 6 <= text.count, let unit = JSONEscape.unit(text, at: start + 2) else {
            throw JSONError(offset: start, reason: "four hexadecimal digits should follow \\u")
        }
        return unit
    }

    /// Whether RFC 8785 too writes `\u00XX` here: a control character without a short escape, in lower-case digits.
    private func isShortest(_ unit: UInt32, _ text: Span<UInt8>, at start: Int) -> Bool {
        switch unit {
        case 0x08, 0x09, 0x0A, 0x0C, 0x0D: false
        case 0..<0x20: !(UInt8(ascii: "A")...UInt8(ascii: "F") ~= text[start + 5])
        default: false
        }
    }

    /// The UTF-8 sequence at `start`, by table 3-7 of the Unicode Standard: no overlong form, no surrogate, nothing
    /// above U+10FFFF.
    private func scanUTF8(_ text: Span<UInt8>, from start: Int) throws(JSONError) -> Int {
        let second: ClosedRange<UInt8>
        let length: Int
        switch text[start] {
        case 0xC2...0xDF: (second, length) = (0x80...0xBF, 2)
        case 0xE0: (second, length) = (0xA0...0xBF, 3)
        case 0xED: (second, length) = (0x80...0x9F, 3)
        case 0xE1...0xEF: (second, length) = (0x80...0xBF, 3)
        case 0xF0: (second, length) = (0x90...0xBF, 4)
        case 0xF1...0xF3: (second, length) = (0x80...0xBF, 4)
        case 0xF4: (second, length) = (0x80...0x8F, 4)
        default: throw JSONError(offset: start, reason: "invalid UTF-8")
        }
        guard start + length <= text.count, second ~= text[start + 1] else {
            throw JSONError(offset: start, reason: "invalid UTF-8")
        }
        for at in start + 2..<max(start + 2, start + length) where text[at] & 0xC0 != 0x80 {
            throw JSONError(offset: start, reason: "invalid UTF-8")
        }
        return start + length
    }
}
