extension JSONScanner {
    /// Scans the string whose opening quote is next, and writes its node.
    mutating func scanString(_ text: Span<UInt8>, _ tape: inout MutableSpan<JSONNode>) throws(JSONError) {
        let start = at
        var isEscaped = false
        var isCanonical = true
        at = plainEnd(text, from: start + 1)
        while peek(text) != UInt8(ascii: "\"") {
            switch peek(text) {
            case UInt8(ascii: "\\"):
                isEscaped = true
                if at + 1 < text.count, isShortEscape(text[at + 1]) {
                    at &+= 2
                } else {
                    at = try scanEscape(text, from: at, &isCanonical)
                }
            case 0x80...:
                repeat { at = try scanUTF8(text, from: at) } while peek(text) >= 0x80
            case _ where at == text.count: throw JSONError(offset: at, reason: "the text ends within a string")
            default: throw JSONError(offset: at, reason: "a control character in a string should be escaped")
            }
            at = plainEnd(text, from: at)
        }
        at &+= 1
        write(
            JSONNode(
                kind: .string, start: start, end: at, next: used &+ 1, isCanonical: isCanonical, isEscaped: isEscaped),
            &tape)
    }

    /// The first byte from `start` on that is a quote, a backslash, a control character or not ASCII.
    @inline(__always)
    private func plainEnd(_ text: Span<UInt8>, from start: Int) -> Int {
        var at = start
        let raw = text.bytes
        while at <= text.count - 16 {
            // Within bounds by the condition above: a checked load would cost as much as the comparisons.
            let block = unsafe raw.unsafeLoadUnaligned(fromUncheckedByteOffset: at, as: SIMD16<Int8>.self)
            // As signed numbers, bytes that are not ASCII are below zero: one comparison finds them and the controls.
            let special: SIMDMask<SIMD16<Int8>> =
                (block .< SIMD16<Int8>(repeating: 0x20)) .| (block .== SIMD16<Int8>(repeating: 0x22))
                .| (block .== SIMD16<Int8>(repeating: 0x5C))
            // The mask has ones or zeros in all bits of a byte. Four of each go into one word, so that the first
            // special byte is found without a branch. (Little-endian, as every host of Swift on Linux is.)
            let pairs = unsafe unsafeBitCast(special, to: SIMD8<UInt16>.self) &>> SIMD8<UInt16>(repeating: 4)
            let nibbles = unsafe unsafeBitCast(SIMD8<UInt8>(truncatingIfNeeded: pairs), to: UInt64.self)
            if nibbles != 0 { return at &+ nibbles.trailingZeroBitCount / 4 }
            at &+= 16
        }
        while at < text.count {
            let byte = text[at]
            if byte < 0x20 || byte >= 0x80 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { return at }
            at += 1
        }
        return at
    }

    /// The second byte of an escape that RFC 8785 writes too.
    @inline(__always)
    private func isShortEscape(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "b"), UInt8(ascii: "f"), UInt8(ascii: "n"),
            UInt8(ascii: "r"), UInt8(ascii: "t"):
            true
        default: false
        }
    }

    /// Any other escape, at `start`: well-formed, and no half of a surrogate pair. `isCanonical` becomes false if RFC
    /// 8785 (section 3.2.2.2) writes the character in another way.
    private func scanEscape(
        _ text: Span<UInt8>, from start: Int, _ isCanonical: inout Bool
    ) throws(JSONError) -> Int {
        guard start + 1 < text.count else {
            throw JSONError(offset: text.count, reason: "the text ends within a string")
        }
        switch text[start + 1] {
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
