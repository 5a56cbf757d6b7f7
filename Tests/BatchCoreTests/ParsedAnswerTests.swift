import BatchCore
import Testing

@Suite("A response body is an answer to its url, or none")
struct ParsedAnswerTests {
    private func answer(_ body: String, _ url: RequestURL = .chatCompletions) -> ParsedAnswer? {
        let bytes = Array(body.utf8)
        return ParsedAnswer(body: bytes.span, url: url)
    }

    @Test("chat: message, finish reason, tool calls")
    func chat() {
        let body = #"""
            {"choices":[{"finish_reason":"stop","message":{"content":"Spaghetti é\n"}},
             {"finish_reason":"tool_calls","message":{"content":null,"tool_calls":[{"id":"c"}]}},
             {"finish_reason":null,"message":{"tool_calls":[]}}],
             "usage":{"prompt_tokens":10,"completion_tokens":3,"prompt_tokens_details":{"cached_tokens":4},
             "completion_tokens_details":{"reasoning_tokens":2}},"error":null}
            """#
        let answer = answer(body)
        #expect(
            answer?.choices == [
                .init(finishReason: "stop", text: "Spaghetti é\n"), .init(finishReason: "tool_calls", calledTool: true),
                .init(),
            ])
        #expect(answer?.usage == Usage(input: 10, cached: 4, output: 3, reasoning: 2))
    }

    @Test("completions: text")
    func completions() {
        let answer = answer(#"{"choices":[{"text":"a","finish_reason":"length"},{"text":"b"}]}"#, .completions)
        #expect(answer?.choices == [.init(finishReason: "length", text: "a"), .init(text: "b")])
        #expect(answer?.usage == nil)
    }

    @Test("embeddings: vectors")
    func embeddings() {
        let answer = answer(
            #"{"data":[{"embedding":[1]},{"embedding":[2]}],"usage":{"prompt_tokens":5,"total_tokens":5}}"#, .embeddings
        )
        #expect(answer?.embeddings == 2)
        #expect(answer?.usage == Usage(input: 5))
    }

    @Test(
        "responses: texts are joined, the status stands for the finish reason",
        arguments: [
            (#""status":"completed""#, "stop"),
            (#""status":"incomplete","incomplete_details":{"reason":"max_output_tokens"}"#, "max_output_tokens"),
            (#""status":"failed""#, "failed"),
        ])
    func responses(status: String, reason: String) {
        let output =
            #"[{"type":"reasoning"},{"type":"message","content":[{"text":"a"},{"text":"b"}]},{"type":"function_call"}]"#
        let usage =
            #"{"input_tokens":7,"input_tokens_details":{"cached_tokens":1},"output_tokens":5,"output_tokens_details":{"reasoning_tokens":4}}"#
        let answer = answer("{\(status),\"output\":\(output),\"usage\":\(usage)}", .responses)
        #expect(answer?.choices == [.init(finishReason: reason, text: "ab", calledTool: true)])
        #expect(answer?.usage == Usage(input: 7, cached: 1, output: 5, reasoning: 4))
    }

    @Test(
        "what is no answer",
        arguments: [
            ("", RequestURL.chatCompletions), ("<html>", .chatCompletions), ("[]", .chatCompletions),
            ("{}", .chatCompletions),
            (#"{"choices":{}}"#, .chatCompletions), (#"{"choices":[],"error":{"code":"x"}}"#, .chatCompletions),
            (#"{"choices":[],"error":"x"}"#, .chatCompletions), (#"{"choices":[]"#, .chatCompletions),
            (#"{"data":[]}"#, .chatCompletions), (#"{"choices":[]}"#, .embeddings), (#"{"choices":[]}"#, .responses),
            (#"{"choices":[]}{}"#, .completions),
        ])
    func none(body: String, url: RequestURL) {
        #expect(answer(body, url) == nil)
    }

    @Test(
        "choices of an unexpected form are empty ones, not a crash",
        arguments: [
            "[1]", "[null]", "[[]]", #"["a"]"#, #"[{"message":[]}]"#, #"[{"message":{"content":[1]}}]"#,
            #"[{"message":{"content":5,"tool_calls":{}}}]"#,
        ])
    func oddChoices(choices: String) {
        #expect(answer("{\"choices\":\(choices)}")?.choices == [.init()])
    }
}
