/// Escapes in JSON strings, to and fro. What is read here has been validated by a scan.
enum JSONEscape {
    /// The four hexadecimal digits at `start`; nil if one of them is none.
    static func unit(_ text: Span<UInt8>, at start: Int) -> UInt32? {
        var unit: UInt32 = 0
        for at in start..<start + 4 {
            let byte = text[at]
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): unit = unit << 4 | UInt32(byte - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): unit = unit << 4 | UInt32(byte - UInt8(ascii: "a") + 10)
            case UInt8(ascii: "A")...UInt8(ascii: "F"): unit = unit << 4 | UInt32(byte - UInt8(ascii: "A") + 10)
            default: return nil
            }
        }
        return unit
    }

    /// The second byte of an escape that RFC 8785 writes too.
    @inline(__always)
    static func isShort(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "b"), UInt8(ascii: "f"), UInt8(ascii: "n"),
            UInt8(ascii: "r"), UInt8(ascii: "t"):
            true
        default: false
        }
    }

    /// The first backslash of `range`; its end if there is none.
    static func first(in range: Range<Int>, of text: Span<UInt8>) -> Int {
        precondition(range.lowerBound >= 0 && range.upperBound <= text.count, "a range beyond the text")
        var at = range.lowerBound
        let raw = text.bytes
        while at <= range.upperBound - 16 {
            // Within bounds by the conditions above.
            let block = unsafe raw.unsafeLoadUnaligned(fromUncheckedByteOffset: at, as: SIMD16<Int8>.self)
            if let offset = ByteMask(block .== SIMD16<Int8>(repeating: 0x5C)).first { return at + offset }
            at += 16
        }
        while at < range.upperBound, text[at] != UInt8(ascii: "\\") { at += 1 }
        return at
    }

    /// The Unicode scalar that the escape at `at` stands for; `at` moves behind it.
    static func scalar(_ text: Span<UInt8>, at: inout Int) -> UInt32 {
        let letter = text[at + 1]
        at += 2
        switch letter {
        case UInt8(ascii: "b"): return 0x08
        case UInt8(ascii: "f"): return 0x0C
        case UInt8(ascii: "n"): return 0x0A
        case UInt8(ascii: "r"): return 0x0D
        case UInt8(ascii: "t"): return 0x09
        case UInt8(ascii: "u"):
            guard let unit = unit(text, at: at) else { preconditionFailure("the scan let a bad escape pass") }
            at += 4
            guard 0xD800..<0xDC00 ~= unit else { return unit }
            guard let low = self.unit(text, at: at + 2) else { preconditionFailure("the scan let half a pair pass") }
            at += 6
            return 0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00)
        default: return UInt32(letter)
        }
    }

    /// The scalar at `at` in a validated string, escaped or not; `at` moves behind it.
    static func character(_ text: Span<UInt8>, at: inout Int) -> UInt32 {
        let first = text[at]
        if first == UInt8(ascii: "\\") { return scalar(text, at: &at) }
        let length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
        var scalar = length == 1 ? UInt32(first) : UInt32(first) & (0x7F >> UInt32(length))
        for position in at + 1..<at + length { scalar = scalar << 6 | UInt32(text[position] & 0x3F) }
        at += length
        return scalar
    }

    @inline(__always)
    static func encode(_ scalar: UInt32, _ emit: (UInt8) -> Void) {
        switch scalar {
        case 0..<0x80: emit(UInt8(scalar))
        case 0x80..<0x800:
            emit(UInt8(0xC0 | scalar >> 6))
            emit(UInt8(0x80 | scalar & 0x3F))
        case 0x800..<0x10000:
            emit(UInt8(0xE0 | scalar >> 12))
            emit(UInt8(0x80 | scalar >> 6 & 0x3F))
            emit(UInt8(0x80 | scalar & 0x3F))
        default:
            emit(UInt8(0xF0 | scalar >> 18))
            emit(UInt8(0x80 | scalar >> 12 & 0x3F))
            emit(UInt8(0x80 | scalar >> 6 & 0x3F))
            emit(UInt8(0x80 | scalar & 0x3F))
        }
    }

    /// One byte of a string's UTF-8 as RFC 8785 (section 3.2.2.2) writes it.
    @inline(__always)
    static func escape(_ byte: UInt8, _ emit: (UInt8) -> Void) {
        guard byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else { return emit(byte) }
        emit(UInt8(ascii: "\\"))
        switch byte {
        case 0x08: emit(UInt8(ascii: "b"))
        case 0x09: emit(UInt8(ascii: "t"))
        case 0x0A: emit(UInt8(ascii: "n"))
        case 0x0C: emit(UInt8(ascii: "f"))
        case 0x0D: emit(UInt8(ascii: "r"))
        case 0..<0x20:
            emit(UInt8(ascii: "u"))
            emit(UInt8(ascii: "0"))
            emit(UInt8(ascii: "0"))
            emit(UInt8(ascii: "0") + byte >> 4)
            emit(byte & 15 < 10 ? UInt8(ascii: "0") + byte & 15 : UInt8(ascii: "a") + byte & 15 - 10)
        default: emit(byte)
        }
    }
}
