import BatchCore
import Testing

@Suite("A writer cannot write what is no JSON, and a value reads it back")
struct JSONWriterTests {
    @Test("every kind of member and element, commas where they belong")
    func everyKind() throws {
        var json = JSONWriter()
        json.object { json in
            json.member("string", "a\"\\\n\u{1}é😀")
            json.member("absent", nil as String?)
            json.member("present", "x" as String?)
            json.member("int", -3)
            json.member("bool", true)
            json.member("double", 1.0)
            json.member("raw", raw: Array("[1, 2]".utf8))
            json.member("value", raw: JSONValue.object([.init(name: "n", value: .number("1.50"))]))
            json.object("object") { json in
                json.object("empty") { _ in }
                json.array("none") { _ in }
            }
            json.array("array") { json in
                json.element("{")
                json.element("[")
                json.element(nil as String?)
                json.element(7)
                json.element(false)
                json.element(0.1)
                json.element(raw: "{}".utf8)
                json.element(raw: JSONValue.null)
                json.array { $0.element(1) }
                json.object { $0.member("a", "") }
            }
            json.member("last", 0)
        }
        let text =
            #"{"string":"a\"\\\n\u0001é😀","absent":null,"present":"x","int":-3,"bool":true,"double":1,"raw":[1, 2],"#
            + #""value":{"n":1.50},"object":{"empty":{},"none":[]},"#
            + #""array":["{","[",null,7,false,0.1,{},null,[1],{"a":""}],"last":0}"#
        #expect(json.text == text)
        #expect(json.bytes == Array(text.utf8))
        #expect(refusal(json.bytes) == nil)
    }

    @Test("a scalar can be the whole text")
    func scalarRoot() {
        var json = JSONWriter(reserving: 8)
        json.element("x")
        #expect(json.text == #""x""#)
    }

    @Test("reading back by name")
    func values() throws {
        let value = try JSONValue(
            parsing: #"{"s": "\u0041", "i": 12, "d": 1.5, "b": false, "a": [1, null], "o": {"x": -0}}"#)
        #expect(value["s"]?.string == "A")
        #expect(value["i"]?.int == 12)
        #expect(value["d"]?.int == nil)
        #expect(value["d"]?.double == 1.5)
        #expect(value["b"]?.bool == false)
        #expect(value["a"]?.array == [.number("1"), .null])
        #expect(value["o"]?["x"] == .number("-0"))
        #expect(value["none"] == nil)
        #expect(value["a"]?["x"] == nil)
        #expect(
            value["s"]?.int == nil && value["i"]?.string == nil && value["i"]?.bool == nil && value["s"]?.array == nil)
        #expect(throws: JSONError.self) { try JSONValue(parsing: "{") }
    }
}
