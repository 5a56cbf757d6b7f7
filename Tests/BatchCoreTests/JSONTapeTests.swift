import BatchCore
import Testing

@Suite("A tape gives back what the text says")
struct JSONTapeTests {
    @Test("kinds, counts, bytes and order")
    func walk() throws {
        let text = Array(#" {"a": [1, "two", null, true, false, {}], "b": {"c": -2.5e1}} "#.utf8)
        var tape = JSONTape()
        try tape.scan(text.span)
        #expect(tape.kind(JSONTape.root) == .object)
        #expect(tape.count(JSONTape.root) == 2)
        #expect(tape.bytes(JSONTape.root) == 1..<text.count - 1)
        let a = try found(tape.member("a", of: JSONTape.root, in: text.span))
        let elements = Array(tape.elements(a))
        #expect(elements.map { tape.kind($0) } == [.number, .string, .null, .true, .false, .object])
        #expect(
            elements.map { String(decoding: text[tape.bytes($0)], as: UTF8.self) } == [
                "1", "\"two\"", "null", "true", "false", "{}",
            ])
        let b = try found(tape.member("b", of: JSONTape.root, in: text.span))
        let c = try found(tape.member("c", of: b, in: text.span))
        #expect(tape.double(c, in: text.span) == -25)
        #expect(tape.members(JSONTape.root).map { $0.name + 1 } == [a, b])
        #expect(tape.member("c", of: JSONTape.root, in: text.span) == nil)
        #expect(tape.member("c", of: a, in: text.span) == nil)
        #expect(Array(tape.elements(b)).isEmpty && tape.members(a).map(\.value).isEmpty && tape.count(c) == 0)
    }

    @Test("a name is found however it is escaped, and in an object whose members are not in order")
    func names() throws {
        let text = Array(#"{"z": 1, "\u0061b": 2, "caf\u00e9": 3, "a": 4}"#.utf8)
        var tape = JSONTape()
        try tape.scan(text.span)
        let root = JSONTape.root
        #expect(tape.member("ab", of: root, in: text.span).flatMap { tape.integer($0, in: text.span) } == 2)
        #expect(tape.member(named: "café", of: root, in: text.span).flatMap { tape.integer($0, in: text.span) } == 3)
        #expect(tape.member(named: "a", of: root, in: text.span).flatMap { tape.integer($0, in: text.span) } == 4)
        #expect(tape.member("cafe", of: root, in: text.span) == nil)
        #expect(tape.members(root).map { tape.string($0.name, in: text.span) } == ["z", "ab", "café", "a"])
    }

    @Test("strings are unescaped")
    func strings() throws {
        let text = Array(#"["plain","\"\\\/\b\f\n\r\t","\u0041\u00e9\u20ac\ud83d\ude00\u0000", "x\ny", ""]"#.utf8)
        var tape = JSONTape()
        try tape.scan(text.span)
        let strings = tape.elements(JSONTape.root).map { tape.string($0, in: text.span) }
        #expect(strings == ["plain", "\"\\/\u{8}\u{c}\n\r\t", "Aé€😀\0", "x\ny", ""])
        var out = Array("> ".utf8)
        for element in tape.elements(JSONTape.root) { tape.appendString(element, in: text.span, to: &out) }
        #expect(out == Array(("> " + strings.compactMap { $0 }.joined()).utf8))
        #expect(tape.string(JSONTape.root, in: text.span) == nil)
    }

    @Test("a tape is as good as new after a long text, a short one and a refused one")
    func reuse() throws {
        var tape = JSONTape()
        let long = Array(("[" + String(repeating: "[0,{\"k\":\"v\"}],", count: 10_000) + "1]").utf8)
        let short = Array("[7]".utf8)
        for _ in 0..<2 {
            try tape.scan(long.span)
            #expect(tape.count(JSONTape.root) == 10_001)
            #expect(
                tape.elements(JSONTape.root).reduce(into: 0) { sum, element in sum += tape.count(element) } == 20_000)
            try tape.scan(short.span)
            #expect(Array(tape.elements(JSONTape.root)).count == 1)
            let torn = Array("[1,".utf8)
            #expect(throws: JSONError.self) { try tape.scan(torn.span) }
        }
    }

    @Test("a part of a larger buffer is scanned as a text of its own")
    func lines() throws {
        let file = Array("{\"a\":1}\n{\"b\":22}\n".utf8)
        var tape = JSONTape()
        let line = file.span.extracting(8..<16)
        try tape.scan(line)
        #expect(tape.bytes(JSONTape.root) == 0..<8)
        let b = try found(tape.member("b", of: JSONTape.root, in: line))
        #expect(tape.integer(b, in: line) == 22)
    }
}
