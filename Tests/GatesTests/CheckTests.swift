import BatchCore
import Gates
import Testing

@Suite("A check finds what a good answer must not have, and says what, without the text of the answer")
struct CheckTests {
    private typealias Choice = ParsedAnswer.Choice

    private func gate(_ change: (inout CheckPolicy) -> Void = { _ in }) throws -> Gate {
        var policy = GatePolicy()
        change(&policy.checks)
        return try Gate(policy)
    }

    private func find(_ gate: Gate, _ answer: ParsedAnswer?) -> Defect? {
        gate.inspect(Inspected(answer, url: .chatCompletions), by: "m")
    }

    private func answer(_ text: String, finish: String? = "stop", calledTool: Bool = false) -> ParsedAnswer {
        ParsedAnswer(choices: [Choice(finishReason: finish, text: text, calledTool: calledTool)])
    }

    @Test("a body that is no answer")
    func form() throws {
        #expect(try find(gate(), nil)?.check == "form")
    }

    @Test("finish_reason: one of the accepted, in every choice")
    func finishReason() throws {
        let gate = try gate()
        #expect(
            find(gate, answer("a")) == nil && find(gate, answer("a", finish: "tool_calls")) == nil
        )
        #expect(
            find(gate, answer("a", finish: "length"))?.description
                == "finish_reason: it is length, not stop or tool_calls")
        #expect(find(gate, answer("a", finish: nil))?.reason.hasPrefix("it is missing") == true)
        let two = ParsedAnswer(choices: [
            Choice(finishReason: "stop", text: "a"), Choice(finishReason: "length", text: "b"),
        ])
        #expect(find(gate, two)?.check == "finish_reason")
        let lenient = try self.gate { $0.finishReasons = ["stop", "length"] }
        #expect(find(lenient, two) == nil)
    }

    @Test("non_empty: some text or a called tool, in every choice; vectors count")
    func nonEmpty() throws {
        let gate = try gate()
        #expect(
            find(gate, answer(" \n\u{A0}"))?.check == "non_empty"
                && find(gate, answer(""))?.check == "non_empty")
        #expect(find(gate, answer("", calledTool: true)) == nil)
        #expect(find(gate, ParsedAnswer())?.description == "non_empty: it has no choice")
        var vectors = ParsedAnswer()
        vectors.embeddings = 1
        #expect(find(gate, vectors) == nil)
        let off = try self.gate { $0.nonEmpty = false }
        #expect(find(off, answer("")) == nil)
    }

    @Test("json: the whole text is one JSON text; what called a tool is not asked")
    func json() throws {
        let gate = try gate { $0.json = true }
        #expect(find(gate, answer(#"{"a":[1,null]}"#)) == nil && find(gate, answer(" 1 ")) == nil)
        for text in ["```json\n{}\n```", #"{"a":1"#, "{} {}", "yes", #"{"secret":tru}"#] {
            let defect = find(gate, answer(text))
            #expect(defect?.check == "json" && defect?.reason.contains("secret") == false, "\(text)")
        }
        #expect(find(gate, answer("x", calledTool: true)) == nil)
    }

    @Test("must_match: found somewhere in the text of every choice")
    func mustMatch() throws {
        let gate = try gate { $0.mustMatch = ["^[A-Z].*e"] }
        #expect(find(gate, answer("One")) == nil)
        #expect(find(gate, answer("one"))?.description == "must_match: its text does not match ^[A-Z].*e")
        #expect(throws: GateError.self) { try self.gate { $0.mustMatch = ["("] } }
    }

    @Test("max_length: counted in Unicode scalars, the bound included")
    func maxLength() throws {
        let gate = try gate { $0.maxLength = 3 }
        #expect(find(gate, answer("äöü")) == nil)
        #expect(find(gate, answer("äöüx"))?.reason == "its text has 4 characters, more than 3")
    }

    @Test("the first defect counts, in the order form, finish_reason, non_empty, json, must_match, max_length")
    func order() throws {
        let gate = try gate {
            $0.json = true
            $0.mustMatch = ["x"]
            $0.maxLength = 1
        }
        #expect(find(gate, answer("", finish: "length"))?.check == "finish_reason")
        #expect(
            find(gate, answer(""))?.check == "non_empty"
                && find(gate, answer("abc"))?.check == "json")
        #expect(
            find(gate, answer("12"))?.check == "must_match"
                && find(gate, answer("\"x\""))?.check == "max_length")
    }
}
