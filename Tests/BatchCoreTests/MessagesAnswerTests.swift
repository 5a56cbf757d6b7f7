import BatchCore
import Testing

@Suite("An answer of /v1/messages is read for the gate and the books, as it is and as a chat")
struct MessagesAnswerTests {
    private static func message(
        _ content: String, stop: String = "end_turn", usage: String = #"{"input_tokens":10,"output_tokens":5}"#
    ) -> String {
        #"{"id":"msg_1","type":"message","role":"assistant","model":"claude-x","content":\#(content),"#
            + #""stop_reason":"\#(stop)","stop_sequence":null,"usage":\#(usage)}"#
    }

    private func read(_ body: String) throws -> ParsedAnswer {
        let answer = ParsedAnswer(body: Array(body.utf8).span, url: .messages)
        return try #require(answer)
    }

    private func translated(_ body: String) throws -> JSONValue {
        try JSONValue(parsing: try #require(MessagesToChat.body(Array(body.utf8), created: 1_700_000_000)))
    }

    @Test("texts are joined, thoughts are passed over")
    func texts() throws {
        let body = Self.message(
            #"[{"type":"thinking","thinking":"hm"},{"type":"text","text":"a"},{"type":"text","text":"b"}]"#)
        #expect(try read(body).choices == [.init(finishReason: "stop", text: "ab")])
        let message = try translated(body)["choices"]?.array?.first?["message"]
        #expect(message?["content"] == .string("ab") && message?["role"] == .string("assistant"))
    }

    @Test(
        "why it ended, in the words of a chat",
        arguments: [
            ("end_turn", "stop"), ("stop_sequence", "stop"), ("max_tokens", "length"), ("tool_use", "tool_calls"),
            ("refusal", "content_filter"), ("model_context_window_exceeded", "length"), ("pause_turn", "pause_turn"),
        ])
    func reasons(stop: String, finish: String) throws {
        let body = Self.message(#"[{"type":"text","text":"a"}]"#, stop: stop)
        #expect(try read(body).choices.first?.finishReason == finish)
        #expect(try translated(body)["choices"]?.array?.first?["finish_reason"] == .string(finish))
    }

    @Test("called tools, with their arguments as JSON")
    func tools() throws {
        let body = Self.message(
            #"[{"type":"tool_use","id":"t1","name":"f","input":{"a": 1.50}}]"#, stop: "tool_use")
        let answer = try read(body)
        #expect(answer.choices.first?.toolCalls == [.init(name: "f", arguments: #"{"a": 1.50}"#)])
        #expect(answer.choices.first?.calledTool == true)
        let chat = try translated(body)
        #expect(
            chat["choices"]?.array?.first?["message"]?["tool_calls"]
                == (try JSONValue(
                    parsing: #"[{"id":"t1","type":"function","function":{"name":"f","arguments":"{\"a\":1.50}"}}]"#)))
        #expect(chat["choices"]?.array?.first?["message"]?["content"] == .null)
    }

    @Test("what was read from a cache and written to one is counted beside, and is a part of the prompt here")
    func usage() throws {
        let body = Self.message(
            #"[{"type":"text","text":"a"}]"#,
            usage:
                #"{"input_tokens":10,"cache_creation_input_tokens":200,"cache_read_input_tokens":3000,"#
                + #""output_tokens":5}"#
        )
        let usage = Usage(input: 3210, cached: 3000, cacheWrite: 200, output: 5)
        #expect(try read(body).usage == usage)
        let chat = try #require(MessagesToChat.body(Array(body.utf8), created: 0))
        #expect(ParsedAnswer(body: chat.span, url: .chatCompletions)?.usage == usage)
        #expect(try translated(body)["usage"]?["total_tokens"]?.int == 3215)
    }

    @Test("caches that are null, or not told of")
    func noCaches() throws {
        for more in ["", #","cache_creation_input_tokens":null,"cache_read_input_tokens":null"#] {
            let body = Self.message(
                #"[{"type":"text","text":"a"}]"#, usage: #"{"input_tokens":10,"output_tokens":5\#(more)}"#)
            #expect(try read(body).usage == Usage(input: 10, output: 5))
        }
    }

    @Test("a count that cannot be true stays one when it is translated")
    func absurd() throws {
        let body = Self.message(
            #"[{"type":"text","text":"a"}]"#,
            usage: #"{"input_tokens":10,"cache_read_input_tokens":-1,"output_tokens":5}"#)
        #expect(try read(body).reported?.isAbsurd == true)
        let chat = try #require(MessagesToChat.body(Array(body.utf8), created: 0))
        #expect(ParsedAnswer(body: chat.span, url: .chatCompletions)?.reported?.isAbsurd == true)
    }

    @Test(
        "no answer",
        arguments: [
            #"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#, "{}", "[]", "", "nonsense",
            #"{"content":"text"}"#,
        ])
    func none(body: String) {
        #expect(ParsedAnswer(body: Array(body.utf8).span, url: .messages) == nil)
        #expect(MessagesToChat.body(Array(body.utf8), created: 0) == nil)
    }

    @Test("id, model and time of a chat")
    func envelope() throws {
        let chat = try translated(Self.message(#"[{"type":"text","text":"a"}]"#))
        #expect(chat["id"] == .string("msg_1") && chat["model"] == .string("claude-x"))
        #expect(chat["object"] == .string("chat.completion") && chat["created"]?.int == 1_700_000_000)
    }
}
