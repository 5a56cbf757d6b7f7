import BatchCore
import Testing

@Suite("A JSON pointer names what RFC 6901 says it names")
struct JSONPointerTests {
    /// The document of section 5.
    private static let document =
        #"{"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\j":5,"k\"l":6," ":7,"m~n":8}"#

    @Test(
        "the examples of its section 5",
        arguments: [
            ("/foo", #"["bar","baz"]"#), ("/foo/0", #""bar""#), ("/", "0"), ("/a~1b", "1"), ("/c%d", "2"),
            ("/e^f", "3"),
            ("/g|h", "4"), (#"/i\j"#, "5"), (#"/k"l"#, "6"), ("/ ", "7"), ("/m~0n", "8"), ("", document),
        ])
    func examples(pointer: String, value: String) throws {
        #expect(try found(pointer) == value)
    }

    @Test(
        "what names nothing",
        arguments: ["/foo/2", "/foo/-", "/foo/00", "/foo/01", "/foo/+1", "/bar", "/foo/0/0", "//"])
    func nothing(pointer: String) throws {
        #expect(try found(pointer) == nil)
    }

    @Test("what is no pointer", arguments: ["foo", "/a~", "/a~2"])
    func none(text: String) {
        #expect(JSONPointer(text) == nil)
    }

    private func found(_ pointer: String) throws -> String? {
        let text = Array(Self.document.utf8)
        var tape = JSONTape()
        try tape.scan(text.span)
        let node = try #require(JSONPointer(pointer)).node(from: JSONTape.root, of: tape, in: text.span)
        return node.map { String(decoding: text[tape.bytes($0)], as: UTF8.self) }
    }
}
