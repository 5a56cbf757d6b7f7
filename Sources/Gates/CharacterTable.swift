import BatchCore

/// For every character: is it a letter, and is it one of some scripts? As PCRE2 knows them, asked once.
struct CharacterTable: Sendable {
    private static let letter: UInt8 = 1
    private static let wanted: UInt8 = 2

    /// By scalar, up to the last that is a letter of any script.
    private var facts = [UInt8](repeating: 0, count: 0x32000)

    /// - Parameter scripts: names of Unicode, "Latin", "Han".
    init(scripts: [String]) throws(PatternError) {
        let all = Self.everything(below: facts.count)
        mark(try Pattern(#"\p{L}+"#), in: all, as: Self.letter)
        for script in scripts {
            mark(try Pattern("\\p{sc:\(script)}+"), in: all, as: Self.wanted)
        }
    }

    /// Letters of the scripts, and all letters, in valid UTF-8.
    func count(in text: Span<UInt8>) -> (wanted: Int, all: Int) {
        var ascii = 0
        var counts = (wanted: 0, all: 0)
        text.withUnsafeBytes { text in
            var at = 0
            while at + 8 <= text.count {
                // Letters are counted in the eight bytes of a word, whose sum is to fit into one of them.
                var lanes: UInt64 = 0
                for _ in 0..<min(31, (text.count - at) / 8) {
                    let word = text.loadUnaligned(fromByteOffset: at, as: UInt64.self)
                    lanes &+= Self.letters(amongASCIIOf: word)
                    var others = word & Self.highest
                    while others != 0 {
                        add(characterAt: at + others.trailingZeroBitCount / 8, in: text, to: &counts)
                        others &= others &- 1
                    }
                    at += 8
                }
                ascii += Int(truncatingIfNeeded: (lanes &* Self.ones) >> 56)
            }
            while at < text.count {
                if text[at] < 0x80 {
                    ascii += Int(Self.letters(amongASCIIOf: UInt64(text[at])))
                } else {
                    add(characterAt: at, in: text, to: &counts)
                }
                at += 1
            }
        }
        let isWanted = facts[Int(UInt8(ascii: "a"))] & Self.wanted != 0
        return (counts.wanted + (isWanted ? ascii : 0), counts.all + ascii)
    }

    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let highest = ones << 7

    /// One in each of eight bytes that is a letter of ASCII, which are all of one script.
    @inline(__always)
    private static func letters(amongASCIIOf word: UInt64) -> UInt64 {
        // Small letters, and a carry into the highest bit of what is at least an a, and of what is above z.
        let small = (word | ones &* 0x20) & ~highest
        let fromA = small &+ ones &* (0x80 - UInt64(UInt8(ascii: "a")))
        let aboveZ = small &+ ones &* (0x7F - UInt64(UInt8(ascii: "z")))
        return (fromA & ~aboveZ & ~word & highest) >> 7
    }

    /// - Parameter at: the place of a byte that is not ASCII; where it is not the first of its character, nothing is
    ///   added.
    private func add(
        characterAt at: Int, in text: UnsafeRawBufferPointer, to counts: inout (wanted: Int, all: Int)
    ) {
        let byte = text[at]
        let scalar: Int
        // The text is valid: what a first byte promises stands there.
        if byte < 0xC0 {
            return
        } else if byte < 0xE0 {
            scalar = Int(byte & 0x1F) << 6 | Int(text[at + 1] & 0x3F)
        } else if byte < 0xF0 {
            scalar = Int(byte & 0x0F) << 12 | Int(text[at + 1] & 0x3F) << 6 | Int(text[at + 2] & 0x3F)
        } else {
            scalar =
                Int(byte & 0x07) << 18 | Int(text[at + 1] & 0x3F) << 12 | Int(text[at + 2] & 0x3F) << 6
                | Int(text[at + 3] & 0x3F)
        }
        guard scalar < facts.count else { return }
        let fact = facts[scalar]
        counts.all &+= Int(fact & Self.letter)
        counts.wanted &+= Int(fact & (fact >> 1) & 1)
    }

    private mutating func mark(_ pattern: Pattern, in all: [UInt8], as fact: UInt8) {
        var start = 0
        while case .found(let range) = pattern.find(in: all.span, from: start) {
            for scalar in String(decoding: all[range], as: UTF8.self).unicodeScalars {
                facts[Int(scalar.value)] |= fact
            }
            start = range.upperBound
        }
    }

    private static func everything(below end: Int) -> [UInt8] {
        var text = String.UnicodeScalarView()
        for value in 0..<UInt32(end) { if let scalar = Unicode.Scalar(value) { text.append(scalar) } }
        return Array(String(text).utf8)
    }
}
