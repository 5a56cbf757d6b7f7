import BatchCore

/// Random JSON values, a canonical form too simple to be wrong, and writings of the same value that are far from it.
enum JSONSample {
    static func value(depth: Int, using random: inout JSONSeed) -> JSONValue {
        switch Int.random(in: 0..<(depth > 0 ? 8 : 4), using: &random) {
        case 0: return [.null, .bool(true), .bool(false)].randomElement(using: &random)!
        case 1: return .number(String(Int.random(in: -9_007_199_254_740_992...9_007_199_254_740_992, using: &random)))
        case 2: return .number(String(Int.random(in: -20...20, using: &random)))
        case 3: return .string(string(using: &random))
        case 4:
            return .array(
                (0..<Int.random(in: 0...4, using: &random)).map { _ in value(depth: depth - 1, using: &random) })
        default:
            var names: Set<[UInt8]> = []
            for _ in 0..<[0, 1, 2, 4, depth == 1 ? 20 : 5].randomElement(using: &random)! {
                names.insert(Array(string(using: &random).utf8))
            }
            return .object(
                names.sorted { $0.lexicographicallyPrecedes($1) }.shuffled(using: &random).map {
                    .init(name: String(decoding: $0, as: UTF8.self), value: value(depth: depth - 1, using: &random))
                })
        }
    }

    private static func string(using random: inout JSONSeed) -> String {
        let scalars: [Unicode.Scalar] = [
            "a", "b", "A", "0", " ", "/", "\"", "\\", "\n", "\t", "\u{0}", "\u{1b}", "\u{7f}", "\u{80}", "\u{e9}",
            "\u{7ff}",
            "\u{20ac}", "\u{d7ff}", "\u{e000}", "\u{fb33}", "\u{ffff}", "\u{10000}", "\u{1f600}", "\u{10ffff}",
        ]
        var string = String.UnicodeScalarView()
        for _ in 0..<[0, 1, 2, 3, 9, 40].randomElement(using: &random)! {
            string.append(scalars.randomElement(using: &random)!)
        }
        return String(string)
    }

    /// Members sorted by arrays of UTF-16 code units, numbers by `Int`.
    static func form(of value: JSONValue) -> String {
        switch value {
        case .null: return "null"
        case .bool(let bool): return bool ? "true" : "false"
        case .number(let digits): return digits == "-0" ? "0" : digits
        case .string(let string): return quoted(string)
        case .array(let elements): return "[" + elements.map(form(of:)).joined(separator: ",") + "]"
        case .object(let members):
            let sorted = members.sorted { Array($0.name.utf16).lexicographicallyPrecedes(Array($1.name.utf16)) }
            return "{" + sorted.map { quoted($0.name) + ":" + form(of: $0.value) }.joined(separator: ",") + "}"
        }
    }

    private static func quoted(_ string: String) -> String {
        let short: [Unicode.Scalar: String] = [
            "\"": #"\""#, "\\": #"\\"#, "\n": #"\n"#, "\t": #"\t"#, "\0": #"\u0000"#, "\u{1b}": #"\u001b"#,
        ]
        return "\"" + string.unicodeScalars.map { short[$0] ?? String($0) }.joined() + "\""
    }

    static func messy(_ value: JSONValue, using random: inout JSONSeed) -> String {
        func space() -> String { ["", "", " ", "\n", "\t\r ", "  "].randomElement(using: &random)! }
        let text: String
        switch value {
        case .null, .bool: text = form(of: value)
        case .number(let digits): text = digits + ["", "", ".0", "e0", ".00E+0"].randomElement(using: &random)!
        case .string(let string): text = messy(string, using: &random)
        case .array(let elements):
            text = "[" + space() + elements.map { messy($0, using: &random) }.joined(separator: ",") + "]"
        case .object(let members):
            let written = members.shuffled(using: &random).map {
                space() + messy($0.name, using: &random) + space() + ":" + messy($0.value, using: &random)
            }
            text = "{" + space() + written.joined(separator: ",") + "}"
        }
        return space() + text + space()
    }

    private static func messy(_ string: String, using random: inout JSONSeed) -> String {
        var text = "\""
        for scalar in string.unicodeScalars {
            if Bool.random(using: &random) {
                let plain = quoted(String(scalar))
                text += plain.dropFirst().dropLast()
            } else if scalar == "/", Bool.random(using: &random) {
                text += #"\/"#
            } else {
                for unit in String(scalar).utf16 {
                    let hex = String(unit, radix: 16, uppercase: Bool.random(using: &random))
                    text += #"\u"# + String(repeating: "0", count: 4 - hex.utf8.count) + hex
                }
            }
        }
        return text + "\""
    }
}
