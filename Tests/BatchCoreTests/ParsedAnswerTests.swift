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

@Suite("A usage is what can be believed of what the server reported")
struct ReportedUsageTests {
    private func usage(_ text: String) -> Usage? {
        let bytes = Array("{\"choices\":[],\"usage\":\(text)}".utf8)
        return ParsedAnswer(body: bytes.span, url: .chatCompletions)?.usage
    }

    @Test(
        "missing, all zero or of another form is none",
        arguments: [
            "null", "{}", "5", "[]", #"{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}"#,
            #"{"prompt_tokens":-5,"completion_tokens":-1}"#, #"{"prompt_tokens":null}"#, #"{"prompt_tokens":"5"}"#,
            #"{"total_tokens":9}"#,
        ])
    func none(text: String) {
        #expect(usage(text) == nil)
    }

    @Test(
        "negative counts are zero, parts are at most their whole",
        arguments: [
            (#"{"prompt_tokens":5,"completion_tokens":-1}"#, Usage(input: 5)),
            (#"{"prompt_tokens":5,"prompt_tokens_details":{"cached_tokens":9}}"#, Usage(input: 5, cached: 5)),
            (#"{"prompt_tokens":5,"prompt_tokens_details":{"cached_tokens":-9}}"#, Usage(input: 5)),
            (#"{"prompt_tokens":5,"prompt_tokens_details":null}"#, Usage(input: 5)),
            (
                #"{"prompt_tokens":5,"completion_tokens":3,"completion_tokens_details":{"reasoning_tokens":4}}"#,
                Usage(input: 5, output: 3, reasoning: 3)
            ),
            (#"{"prompt_tokens":null,"input_tokens":5,"output_tokens":2}"#, Usage(input: 5, output: 2)),
        ])
    func cleaned(text: String, expected: Usage) {
        #expect(usage(text) == expected)
    }

    @Test(
        "a count that no request can take is not believed, and brings nothing down",
        arguments: [
            #"{"prompt_tokens":9223372036854775807,"completion_tokens":1}"#,
            #"{"prompt_tokens":9223372036854775807,"completion_tokens":9223372036854775807}"#,
            #"{"prompt_tokens":5,"completion_tokens":4294967297}"#,
            #"{"prompt_tokens":5,"completion_tokens":99999999999999999999999}"#,
            #"{"prompt_tokens":5,"completion_tokens":1e30}"#,
        ])
    func absurd(text: String) {
        #expect(usage(text) == nil)
    }

    @Test("the largest count that is believed can be booked and read back")
    func largest() throws {
        let most = try #require(usage(#"{"prompt_tokens":4294967296,"completion_tokens":4294967296}"#))
        let price = Price(
            input: Money(picodollars: 1_000_000_000_000_000), output: Money(picodollars: 1_000_000_000_000_000))
        let cost = price.cost(of: most)
        #expect(Money(recorded: cost.decimal) == cost)
    }
}
