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

    /// Letters of the scripts, and all letters.
    func count(in text: Span<UInt8>) -> (wanted: Int, all: Int) {
        var (wanted, all) = (0, 0)
        var at = 0
        facts.withUnsafeBufferPointer { facts in
            while at < text.count {
                let byte = text[at]
                let scalar: Int
                // The text is valid: what a first byte promises stands there.
                if byte < 0x80 {
                    scalar = Int(byte)
                    at += 1
                } else if byte < 0xE0 {
                    scalar = Int(byte & 0x1F) << 6 | Int(text[at + 1] & 0x3F)
                    at += 2
                } else if byte < 0xF0 {
                    scalar = Int(byte & 0x0F) << 12 | Int(text[at + 1] & 0x3F) << 6 | Int(text[at + 2] & 0x3F)
                    at += 3
                } else {
                    scalar =
                        Int(byte & 0x07) << 18 | Int(text[at + 1] & 0x3F) << 12 | Int(text[at + 2] & 0x3F) << 6
                        | Int(text[at + 3] & 0x3F)
                    at += 4
                }
                guard scalar < facts.count else { continue }
                let fact = facts[scalar]
                all &+= Int(fact & 1)
                wanted &+= Int(fact & (fact >> 1) & 1)
            }
        }
        return (wanted, all)
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
