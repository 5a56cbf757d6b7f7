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

    private func answer(_ text: String, finish: String? = "stop", calledTool: Bool = false) -> ParsedAnswer {
        ParsedAnswer(choices: [Choice(finishReason: finish, text: text, calledTool: calledTool)])
    }

    @Test("a body that is no answer")
    func form() throws {
        #expect(try gate().inspect(nil, by: "m")?.check == "form")
    }

    @Test("finish_reason: one of the accepted, in every choice")
    func finishReason() throws {
        let gate = try gate()
        #expect(
            gate.inspect(answer("a"), by: "m") == nil && gate.inspect(answer("a", finish: "tool_calls"), by: "m") == nil
        )
        #expect(
            gate.inspect(answer("a", finish: "length"), by: "m")?.description
                == "finish_reason: it is length, not stop or tool_calls")
        #expect(gate.inspect(answer("a", finish: nil), by: "m")?.reason.hasPrefix("it is missing") == true)
        let two = ParsedAnswer(choices: [
            Choice(finishReason: "stop", text: "a"), Choice(finishReason: "length", text: "b"),
        ])
        #expect(gate.inspect(two, by: "m")?.check == "finish_reason")
        let lenient = try self.gate { $0.finishReasons = ["stop", "length"] }
        #expect(lenient.inspect(two, by: "m") == nil)
    }

    @Test("non_empty: some text or a called tool, in every choice; vectors count")
    func nonEmpty() throws {
        let gate = try gate()
        #expect(
            gate.inspect(answer(" \n\u{A0}"), by: "m")?.check == "non_empty"
                && gate.inspect(answer(""), by: "m")?.check == "non_empty")
        #expect(gate.inspect(answer("", calledTool: true), by: "m") == nil)
        #expect(gate.inspect(ParsedAnswer(), by: "m")?.description == "non_empty: it has no choice")
        var vectors = ParsedAnswer()
        vectors.embeddings = 1
        #expect(gate.inspect(vectors, by: "m") == nil)
        let off = try self.gate { $0.nonEmpty = false }
        #expect(off.inspect(answer(""), by: "m") == nil)
    }

    @Test("json: the whole text is one JSON text; what called a tool is not asked")
    func json() throws {
        let gate = try gate { $0.json = true }
        #expect(gate.inspect(answer(#"{"a":[1,null]}"#), by: "m") == nil && gate.inspect(answer(" 1 "), by: "m") == nil)
        for text in ["```json\n{}\n```", #"{"a":1"#, "{} {}", "yes", #"{"secret":tru}"#] {
            let defect = gate.inspect(answer(text), by: "m")
            #expect(defect?.check == "json" && defect?.reason.contains("secret") == false, "\(text)")
        }
        #expect(gate.inspect(answer("x", calledTool: true), by: "m") == nil)
    }

    @Test("must_match: found somewhere in the text of every choice")
    func mustMatch() throws {
        let gate = try gate { $0.mustMatch = "^[A-Z].*e" }
        #expect(gate.inspect(answer("One"), by: "m") == nil)
        #expect(gate.inspect(answer("one"), by: "m")?.description == "must_match: its text does not match ^[A-Z].*e")
        #expect(throws: GateError.self) { try self.gate { $0.mustMatch = "(" } }
    }

    @Test("max_length: counted in Unicode scalars, the bound included")
    func maxLength() throws {
        let gate = try gate { $0.maxLength = 3 }
        #expect(gate.inspect(answer("äöü"), by: "m") == nil)
        #expect(gate.inspect(answer("äöüx"), by: "m")?.reason == "its text has 4 characters, more than 3")
    }

    @Test("the first defect counts, in the order form, finish_reason, non_empty, json, must_match, max_length")
    func order() throws {
        let gate = try gate {
            $0.json = true
            $0.mustMatch = "x"
            $0.maxLength = 1
        }
        #expect(gate.inspect(answer("", finish: "length"), by: "m")?.check == "finish_reason")
        #expect(
            gate.inspect(answer(""), by: "m")?.check == "non_empty"
                && gate.inspect(answer("abc"), by: "m")?.check == "json")
        #expect(
            gate.inspect(answer("12"), by: "m")?.check == "must_match"
                && gate.inspect(answer("\"x\""), by: "m")?.check == "max_length")
    }
}
