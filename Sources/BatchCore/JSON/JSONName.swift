/// A member name and its place in the order of UTF-16 code units (RFC 8785, section 3.2.3), after unescaping.
struct JSONName {
    private let content: Range<Int>
    private let isEscaped: Bool

    init(_ name: JSONNode) {
        content = name.content
        isEscaped = name.isEscaped
    }

    /// The first eight bytes of a name without escapes, big-endian and zero-padded, each replaced by its rank: where
    /// two names differ here, they stand in the order of these numbers.
    @inline(__always)
    static func prefix(_ content: Range<Int>, _ text: Span<UInt8>) -> UInt64 {
        let length = min(8, content.count)
        if length > 0, content.lowerBound <= text.count - 8 {
            // Within bounds by the condition on the line above.
            let word = unsafe text.bytes.unsafeLoadUnaligned(
                fromUncheckedByteOffset: content.lowerBound, as: UInt64.self)
            let prefix = word.bigEndian & (UInt64.max << UInt64(64 - 8 * length))
            if prefix & 0x8080_8080_8080_8080 == 0 { return prefix }
        }
        return rankedPrefix(content, text)
    }

    private static func rankedPrefix(_ content: Range<Int>, _ text: Span<UInt8>) -> UInt64 {
        var prefix: UInt64 = 0
        for offset in 0..<8 {
            let rank = offset < content.count ? utf16Rank(text[content.lowerBound + offset]) : 0
            prefix = prefix << 8 | UInt64(rank)
        }
        return prefix
    }

    /// Below, equal to or above zero.
    func compareWhole(to other: JSONName, _ text: Span<UInt8>) -> Int {
        var (here, there) = (content.lowerBound, other.content.lowerBound)
        while here < content.upperBound, there < other.content.upperBound {
            let order: Int
            if isEscaped || other.isEscaped {
                let (a, b) = (JSONEscape.character(text, at: &here), JSONEscape.character(text, at: &there))
                order = Int(Self.utf16Rank(scalar: a)) - Int(Self.utf16Rank(scalar: b))
            } else {
                order = Int(Self.utf16Rank(text[here])) - Int(Self.utf16Rank(text[there]))
                here += 1
                there += 1
            }
            if order != 0 { return order }
        }
        return (content.upperBound - here) - (other.content.upperBound - there)
    }

    /// The order of UTF-8 is that of UTF-16 but for one thing: characters above U+FFFF (lead bytes F0 to F4) come
    /// before U+E000 to U+FFFF (EE and EF), because they begin with a surrogate.
    private static func utf16Rank(_ byte: UInt8) -> UInt8 { byte == 0xEE || byte == 0xEF ? byte + 0x10 : byte }

    private static func utf16Rank(scalar: UInt32) -> UInt32 {
        0xE000...0xFFFF ~= scalar ? scalar + 0x20_0000 : scalar
    }
}
