import BatchCore
import Testing

@Suite("A text that is like the one before it is understood as it is alone")
struct AlikeTextsTests {
    @Test("whatever was changed in it, and whatever came before it", arguments: UInt64(0)..<120)
    func changes(seed: UInt64) throws {
        var random = JSONSeed(seed)
        var rows = AlikeRow()
        for _ in 0..<3 {
            let members = (0..<4).map { index in
                JSONValue.Member(
                    name: ["a", "b\u{e9}", "c", "d"][index], value: JSONSample.value(depth: 3, using: &random))
            }
            var text = Array(JSONSample.messy(.object(members.shuffled(using: &random)), using: &random).utf8)
            for _ in 0..<20 {
                try rows.compare(text, "seed \(seed)")
                let changed = try JSONChange.changed(text, using: &random)
                try rows.compare(changed, "seed \(seed)")
                if refusal(changed) == nil, Bool.random(using: &random) { text = changed }
            }
        }
        #expect(rows.alike > 10, "seed \(seed): too few texts were alike to prove anything")
    }

    @Test("also at each length, and with each byte exchanged")
    func everyPlace() throws {
        let text = Array(
            #"{"a": "x", "number": -1.50, "list": [0, "\u00e9\\", true], "b": {"c": "0123456789abcdef"}}"#.utf8)
        for place in text.indices {
            for byte in Array("{}[],:\"\\ 0e.-n".utf8) + [0, 0xC3, 0xFF] {
                var rows = AlikeRow()
                try rows.compare(text, "")
                try rows.compare(text, "")
                var other = text
                other[place] = byte
                try rows.compare(other, "byte \(byte) at \(place)")
                try rows.compare(Array(text[..<place]), "cut at \(place)")
                try rows.compare(Array(text[..<place]) + [byte] + Array(text[place...]), "byte \(byte) before \(place)")
                try rows.compare(text, "")
            }
        }
    }

    @Test("a large one too, of which nothing is kept")
    func large() throws {
        var rows = AlikeRow()
        let many = Array(("[" + [String](repeating: "1", count: 2000).joined(separator: ",") + "]").utf8)
        let long = Array(("[\"" + String(repeating: "a", count: 70_000) + "\"]").utf8)
        for text in [many, many, long, long] { try rows.compare(text, "") }
        #expect(rows.alike == 0)
    }
}

/// Texts one after another, each compared with what a scan of it alone finds.
private struct AlikeRow {
    private var texts = AlikeTexts()
    private var tape = JSONTape()
    private var lastForm = 0
    private var forms: [(form: Int, leftOut: [String], canonical: CanonicalForm)] = []
    /// Texts that had the form of the one before.
    private(set) var alike = 0

    mutating func compare(_ text: [UInt8], _ comment: String) throws {
        let about: Comment = "\(comment): \(String(decoding: text, as: UTF8.self))"
        var alone = JSONTape()
        do throws(JSONError) { try alone.scan(text.span) } catch {
            var found: JSONError?
            do throws(JSONError) { try texts.scan(text.span, into: &tape) } catch { found = error }
            #expect(found == error, about)
            return
        }
        try texts.scan(text.span, into: &tape)
        if texts.form == lastForm { alike += 1 } else { forms = [] }
        lastForm = texts.form
        let (found, expected) = (nodes(tape), nodes(alone))
        #expect(found == expected, about)
        #expect(
            JSONValue(JSONTape.root, of: tape, in: text.span) == JSONValue(JSONTape.root, of: alone, in: text.span),
            about)
        try compareForms(text, alone, about)
    }

    private mutating func compareForms(_ text: [UInt8], _ alone: JSONTape, _ about: Comment) throws {
        for (place, names) in [[], ["a"], ["c", "b\u{e9}", "a"]].enumerated() {
            let leftOut = names.compactMap { alone.member(named: $0, of: JSONTape.root, in: text.span) }
            var expected = Array("prefix ".utf8)
            CanonicalJSON.append(
                JSONTape.root, of: alone, in: text.span, numbers: .exactIntegers, leavingOut: leftOut, to: &expected)
            if place == forms.count {
                let form = CanonicalForm(
                    of: JSONTape.root, tape, in: text.span, of: texts, numbers: .exactIntegers, leavingOut: leftOut,
                    prefix: Array("prefix ".utf8))
                forms.append((lastForm, names, form))
            }
            var found: [UInt8] = []
            forms[place].canonical.append(tape, in: text.span, to: &found)
            #expect(found == expected, about)
            var walked = Array("prefix ".utf8)
            CanonicalJSON.append(
                JSONTape.root, of: tape, in: text.span, numbers: .exactIntegers, leavingOut: leftOut, to: &walked)
            #expect(walked == expected, about)
        }
    }

    /// Kind, place and count of every value and name, in the order of the text.
    private func nodes(_ tape: JSONTape) -> [String] {
        var found: [String] = []
        func walk(_ node: Int) {
            found.append("\(node) \(tape.kind(node)) \(tape.bytes(node)) \(tape.count(node))")
            for element in tape.elements(node) { walk(element) }
            for (name, value) in tape.members(node) {
                walk(name)
                walk(value)
            }
        }
        walk(JSONTape.root)
        return found
    }
}

/// A text with one thing in it changed: mostly a string or a number, else any byte.
enum JSONChange {
    static func changed(_ text: [UInt8], using random: inout JSONSeed) throws -> [UInt8] {
        var tape = JSONTape()
        try tape.scan(text.span)
        var places: [Range<Int>] = []
        func walk(_ node: Int) {
            if tape.kind(node) == .string || tape.kind(node) == .number { places.append(tape.bytes(node)) }
            for element in tape.elements(node) { walk(element) }
            for (name, value) in tape.members(node) {
                if Int.random(in: 0..<20, using: &random) == 0 { walk(name) }
                walk(value)
            }
        }
        walk(JSONTape.root)
        var changed = text
        if Int.random(in: 0..<8, using: &random) > 0, let place = places.randomElement(using: &random) {
            changed.replaceSubrange(place, with: writing(of: text[place], using: &random))
        } else if !changed.isEmpty {
            let at = Int.random(in: 0..<changed.count, using: &random)
            let byte = Array("{}[],:\"\\ 019.eE-tfn/u\u{0}\u{e9}".utf8).randomElement(using: &random)!
            switch Int.random(in: 0..<4, using: &random) {
            case 0: changed[at] = byte
            case 1: changed.insert(byte, at: at)
            case 2: changed.remove(at: at)
            default: changed.removeLast(changed.count - at)
            }
        }
        return changed
    }

    private static func writing(of old: ArraySlice<UInt8>, using random: inout JSONSeed) -> [UInt8] {
        let odd = [
            "1e400", "-", "01", "1.", "1e", "-0", "0.0000001", "12345678901234567890", "1.50", "\"\\ud800\"",
            "\"\\ud83d\\ude00\\/\"", "\"\\x\"", "\"a", "\"\u{1}\"", "true", "[]", "", "\"\\u0041\\n\\\"\"",
        ]
        if Int.random(in: 0..<4, using: &random) == 0 { return Array(odd.randomElement(using: &random)!.utf8) }
        while true {
            let value = JSONSample.value(depth: 0, using: &random)
            let text = Array(JSONSample.messy(value, using: &random).utf8).filter { $0 > 0x20 }
            let isString = text.first == UInt8(ascii: "\"")
            if isString == (old.first == UInt8(ascii: "\"")), text.first != UInt8(ascii: "n") { return text }
        }
    }
}
