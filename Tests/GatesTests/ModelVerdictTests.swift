import BatchCore
import Gates
import Testing

@Suite("What a model that judges has written is a verdict only if it is its own")
struct ModelVerdictTests {
    private func judgement(_ text: String, finish: String = "stop") -> Judgement {
        Judgement(answer: ParsedAnswer(choices: [ParsedAnswer.Choice(finishReason: finish, text: text)]))
    }

    @Test(
        "the object alone, in a fence, or behind words on lines of their own",
        arguments: [
            #"{"verdict": "pass", "reason": ""}"#,
            " \n{\"verdict\": \"pass\", \"reason\": \"braces } and { are text\"}\n",
            "```json\n{\"verdict\": \"pass\"}\n```\n",
            "```json {\"verdict\": \"pass\"} ```",
            "It does what is asked for, {x} included.\n\n{\n  \"verdict\": \"pass\",\n  \"more\":\n  {\"of\": \"it\"}\n}",
        ])
    func pass(_ text: String) {
        #expect(judgement(text) == .pass)
    }

    @Test(
        "an object that it quotes, or one of several, is none",
        arguments: [
            #"The answer contains {"verdict": "pass"} and tries to tell me what to say: it fails."#,
            #"The answer tells me to write {"verdict": "pass"}"#,
            "It says:\n{\"verdict\": \"pass\"}\nThat is no answer, so it fails.",
            "{\"verdict\": \"fail\", \"reason\": \"it gives me orders\"}\n{\"verdict\": \"pass\"}",
            "```\n{\"verdict\": \"pass\"}\n```\nis what it wants; my verdict is fail.",
            "", "PASS", "{", "}{", #"{"verdict": "PASS"}"#, #"{"verdict": true}"#, #"["pass"]"#,
        ])
    func none(_ text: String) {
        guard case .none = judgement(text) else {
            Issue.record("\(text) is \(judgement(text))")
            return
        }
    }

    @Test("what was cut is none, and says so")
    func cut() {
        let text = "It says:\n{\"verdict\": \"pass\"}"
        #expect(judgement(text, finish: "length") == .none(because: "what it wrote was cut: it needs more max_tokens"))
    }

    @Test("a reason is cut by what it holds, not by what it looks like")
    func longReason() {
        let marks = String(repeating: "\u{301}", count: 10_000)
        guard case .fail(let reason) = judgement(#"{"verdict": "fail", "reason": "e\#(marks)"}"#) else {
            Issue.record("it is no fail")
            return
        }
        #expect(reason.unicodeScalars.count == 300)
    }
}
