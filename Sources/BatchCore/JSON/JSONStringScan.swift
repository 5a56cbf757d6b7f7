extension JSONScanner {
    /// Scans the string whose opening quote is next, and writes its node.
    mutating func scanString(_ text: Span<UInt8>, _ tape: inout MutableSpan<JSONNode>) throws(JSONError) {
        let start = at
        var isEscaped = false
        var isCanonical = true
        at = start + 1
        skipPlain(text, &isEscaped)
        while peek(text) != UInt8(ascii: "\"") {
            switch peek(text) {
            case UInt8(ascii: "\\"):
                isEscaped = true
                if at + 1 < text.count, JSONEscape.isShort(text[at + 1]) {
                    at &+= 2
                } else {
                    at = try scanEscape(text, from: at, &isCanonical)
                }
            case 0x80...:
                repeat { at = try scanUTF8(text, from: at) } while peek(text) >= 0x80
            case _ where at == text.count: throw JSONError(offset: at, reason: "the text ends within a string")
            default: throw JSONError(offset: at, reason: "a control character in a string should be escaped")
            }
            skipPlain(text, &isEscaped)
        }
        at &+= 1
        write(
            JSONNode(
                kind: .string, start: start, end: at, next: used &+ 1, isCanonical: isCanonical, isEscaped: isEscaped),
            &tape)
    }

    /// Moves to the first byte that is a quote, a control character, not ASCII, or a backslash. Of the backslashes it
    /// passes most of those that begin a short escape, with the escape.
    @inline(__always)
    private mutating func skipPlain(_ text: Span<UInt8>, _ isEscaped: inout Bool) {
        let raw = text.bytes
        // A block, and the byte that an escape at its end has in the next one.
        while at <= text.count - 17 {
            // Within bounds by the condition above: a checked load would cost as much as the comparisons.
            let block = unsafe raw.unsafeLoadUnaligned(fromUncheckedByteOffset: at, as: SIMD16<Int8>.self)
            // As signed numbers, bytes that are not ASCII are below zero: one comparison finds them and the controls.
            var special = ByteMask(
                (block .< SIMD16<Int8>(repeating: 0x20)) .| (block .== SIMD16<Int8>(repeating: 0x22))
                    .| (block .== SIMD16<Int8>(repeating: 0x5C)))
            var next = at &+ 16
            while let offset = special.first {
                let place = at &+ offset
                // The last of both is at + 16, which the outer condition has checked.
                guard unsafe text[unchecked: place] == UInt8(ascii: "\\"),
                    unsafe JSONEscape.isShort(text[unchecked: place &+ 1])
                else {
                    at = place
                    return
                }
                isEscaped = true
                special.removePair(at: offset)
                if offset == 15 { next &+= 1 }
            }
            at = next
        }
        while at < text.count {
            let byte = text[at]
            if byte < 0x20 || byte >= 0x80 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { return }
            at &+= 1
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
