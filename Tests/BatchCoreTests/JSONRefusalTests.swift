import BatchCore
import Testing

@Suite("A text that could mean two things, or nothing, is refused with its place and reason")
struct JSONRefusalTests {
    @Test(
        "what is no JSON",
        arguments: [
            ("", 0, "the text is empty"), (" \n", 2, "the text is empty"), ("{} x", 3, "something follows"),
            ("1 2", 2, "something follows"), ("[1,]", 3, "a JSON value"), ("[,1]", 1, "a JSON value"),
            ("[1 2]", 3, "a comma or ]"), ("[1}", 2, "a comma or ]"), ("{\"a\":1]", 6, "a comma or }"),
            ("{\"a\" 1}", 5, "a colon"), ("{a:1}", 1, "a member name"), ("{\"a\":1,}", 7, "a member name"),
            ("{,}", 1, "a member name"), ("[", 1, "ends too early"), ("{\"a\"", 4, "ends too early"),
            ("{\"a\":", 5, "ends too early"), ("[1,", 3, "ends too early"), ("\"abc", 4, "ends within a string"),
            ("\"abc\\", 5, "ends within a string"), ("tru", 0, "a JSON value"), ("trux", 0, "a JSON value"),
            ("nulll", 4, "something follows"), ("'a'", 0, "a JSON value"), ("NaN", 0, "a JSON value"),
            ("{} // c", 3, "something follows"), ("\u{A0}1", 0, "a JSON value"), ("]", 0, "a JSON value"),
            ("[1,\u{0B}2]", 3, "a JSON value"),
        ])
    func grammar(text: String, offset: Int, reason: String) throws {
        let error = try #require(refusal(text), "\(text) was taken")
        #expect(error.offset == offset, "\(text): \(error)")
        #expect(error.reason.contains(reason), "\(text): \(error)")
    }

    @Test(
        "numbers that JSON does not have, or a double cannot hold",
        arguments: [
            "01", "-", "-01", "+1", "1.", ".5", "1.e5", "1e", "1e+", "0x10", "-a", "1e400", "-1e400", "1.8e308",
            String(repeating: "9", count: 400), "1e99999999999999999999",
        ])
    func numbers(text: String) {
        #expect(refusal(text) != nil)
        #expect(refusal("[\(text)]") != nil)
        #expect(refusal("{\"a\": \(text) }") != nil)
    }

    @Test(
        "bytes that are no UTF-8",
        arguments: [
            [0x80], [0xBF], [0xC0, 0xAF], [0xC1, 0xBF], [0xE0, 0x80, 0xAF], [0xE0, 0x9F, 0xBF],
            [0xF0, 0x80, 0x80, 0xAF],
            [0xF0, 0x8F, 0xBF, 0xBF], [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF], [0xF4, 0x90, 0x80, 0x80],
            [0xF5, 0x80, 0x80, 0x80], [0xFF], [0xC3], [0xE2, 0x82], [0xF0, 0x9F, 0x98], [0xC3, 0x41],
            [0xE2, 0x82, 0x41],
            [0xF0, 0x9F, 0x98, 0x41],
        ] as [[UInt8]])
    func utf8(bytes: [UInt8]) throws {
        for padding in [0, 3, 7, 15, 16, 31] {
            let before = Array(repeating: UInt8(ascii: "x"), count: padding)
            let error = try #require(refusal([UInt8(ascii: "\"")] + before + bytes + Array("\"".utf8)))
            #expect(error == JSONError(offset: padding + 1, reason: "invalid UTF-8"))
            #expect(refusal([UInt8(ascii: "\"")] + before + bytes) != nil)
        }
    }

    @Test("all that is UTF-8 is taken: the first and last of each length, and noncharacters")
    func goodUTF8() {
        for scalar: UInt32 in [0x20, 0x7F, 0x80, 0x7FF, 0x800, 0xD7FF, 0xE000, 0xFFFD, 0xFFFF, 0x10000, 0x10FFFF] {
            #expect(refusal("\"\(Unicode.Scalar(scalar)!)\"") == nil)
        }
    }

    @Test(
        "half a surrogate pair",
        arguments: [
            #"\ud800"#, #"\udc00"#, #"\ud800x"#, #"\ud800\n"#, #"\ud800\ud800"#, #"\udc00\ud800"#, #"\udbff\ue000"#,
            #"\ud83d \ude00"#, #"\ud83d\u"#,
        ])
    func loneSurrogates(string: String) throws {
        let error = try #require(refusal("[\"ok\",\"\(string)\"]"))
        #expect(error.offset == 7 || string == #"\ud83d\u"#)
        #expect(refusal("{\"\(string)\":1}") != nil)
    }

    @Test(
        "escapes that JSON does not know",
        arguments: [#"\x41"#, #"\'"#, #"\u12"#, #"\u12g4"#, #"\U0041"#, #"\ "#, #"\0"#])
    func escapes(string: String) {
        #expect(refusal("\"\(string)\"")?.offset == 1)
    }

    @Test("control characters in strings", arguments: UInt8(0)..<0x20)
    func controls(byte: UInt8) {
        for padding in [0, 6, 7, 8, 15, 20] {
            let text =
                Array(("\"" + String(repeating: "x", count: padding)).utf8) + [byte] + Array("abcdefghijklmnopq\"".utf8)
            #expect(refusal(text)?.offset == padding + 1)
        }
    }

    @Test(
        "a name that stands twice, however it is written; the second one is named",
        arguments: [
            (#"{"a":1,"a":2}"#, 7), (#"{"a":1,"\u0061":2}"#, 7), (#"{"\u0061":1,"a":2}"#, 12),
            (#"{"b":1,"a":1,"b":2}"#, 13), (#"{"x":{"a":1,"b":2,"a":3}}"#, 18), (#"{"":1,"":1}"#, 6),
            (#"{"eight8889":1,"eight888":1,"eight8889":1}"#, 28), (#"{"\/":1,"/":2}"#, 8),
            (#"{"\ud83d\ude00":1,"😀":2}"#, 18), (#"[{"a":1},{"a":1,"a":1}]"#, 16),
        ])
    func twins(text: String, offset: Int) throws {
        let error = try #require(refusal(text))
        #expect(error.offset == offset, "\(error)")
        #expect(error.reason.contains("stands twice"))
    }

    @Test("a name that stands twice among many")
    func manyTwins() throws {
        for twin in ["n007", "n150", "n299", #"n\u003150"#] {
            let names = (0..<300).map { "\"n\(String(1000 + $0).dropFirst())\":0" }
            let before = names.reversed().joined(separator: ",")
            let error = try #require(refusal("{\(before),\"\(twin)\":1,\"n000\":2}"))
            #expect(error.offset == before.utf8.count + 2, "\(error)")
        }
    }

    @Test("the same name in two objects is no twin")
    func noTwins() {
        #expect(refusal(#"{"a":{"a":{"a":[{"a":1},{"a":1}]}},"A":0,"a ":0}"#) == nil)
    }

    @Test("containers within containers: up to the limit, not one more, and a million do no harm")
    func depth() {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        #expect(refusal(nested(JSONTape.depthLimit)) == nil)
        #expect(refusal(nested(JSONTape.depthLimit + 1))?.offset == JSONTape.depthLimit)
        #expect(refusal(String(repeating: "{\"a\":", count: 1_000_000))?.offset == JSONTape.depthLimit * 5)
        #expect(refusal("[" + String(repeating: "[{}],", count: 1000) + "[]]") == nil)
    }

    @Test("a byte order mark is the reader's to take off")
    func byteOrderMark() {
        #expect(refusal("\u{FEFF}{}") == JSONError(offset: 0, reason: "the text begins with a byte order mark"))
        #expect(refusal("\"\u{FEFF}\"") == nil)
    }

    @Test("an error reads as a sentence with its column")
    func description() {
        #expect(refusal("[1,]")?.description == "column 4: a JSON value should stand here")
    }
}
