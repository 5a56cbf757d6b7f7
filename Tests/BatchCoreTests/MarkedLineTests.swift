import BatchCore
import Testing

@Suite("A mark is put into a line beside what it asks for")
struct MarkedLineTests {
    private func marked(_ line: String) -> String {
        var tape = JSONTape()
        return String(decoding: MarkedLine.marked(Array(line.utf8), with: Array("7".utf8), using: &tape), as: UTF8.self)
    }

    @Test("behind the members that are there, or in the place of an earlier mark")
    func placed() {
        #expect(marked(#"{"a": 1}"#) == #"{"a": 1,"bobbin":7}"#)
        #expect(marked(#" {"bobbin": {"x": "}"}, "a": 1 } "#) == #"{"bobbin": 7, "a": 1 }"#)
        #expect(marked(#"{"a":{"bobbin":1}}"#) == #"{"a":{"bobbin":1},"bobbin":7}"#)
    }

    @Test("what is no object with members stays as it is", arguments: ["", "[1]", "{}", "{\"a\":", "null"])
    func left(line: String) {
        #expect(marked(line) == line)
    }

    @Test("it reads again")
    func read() {
        var tape = JSONTape()
        #expect(MarkedLine.mark(in: Array(#"{"a":1,"bobbin":{"job":"j"}}"#.utf8), using: &tape)?["job"]?.string == "j")
        #expect(MarkedLine.mark(in: Array(#"{"a":1}"#.utf8), using: &tape) == nil)
        #expect(MarkedLine.mark(in: Array("[".utf8), using: &tape) == nil)
    }
}
