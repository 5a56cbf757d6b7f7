import Testing

@testable import BatchCore

@Suite("A chat goes to /v1/messages if nothing is lost by it; what has no counterpart is refused by its name")
struct ChatToMessagesTests {
    private func translate(_ members: String, messages: String = #"[{"role":"user","content":"hello"}]"#)
        throws -> String
    {
        let more = members.isEmpty ? "" : ",\(members)"
        let body = try JSONValue(parsing: #"{"model":"claude","messages":\#(messages)\#(more)}"#)
        return String(decoding: try ChatToMessages(body).translated(for: "c-1", maxTokens: 99), as: UTF8.self)
    }

    private func refusal(_ members: String, messages: String = #"[{"role":"user","content":"hello"}]"#) throws
        -> String?
    {
        do { _ = try translate(members, messages: messages) } catch let refusal as LineRefusal {
            #expect(refusal.code == .untranslatable)
            return refusal.reason
        }
        return nil
    }

    private static let schema = #"{"type":"object"}"#
    private static let hello = #""messages":[{"role":"user","content":"hello"}]"#

    @Test(
        "each member that has a counterpart",
        arguments: [
            ("", ""), (#""temperature":0.5,"top_p":0.9"#, #","temperature":0.5,"top_p":0.9"#),
            (#""stop":"END""#, #","stop_sequences":["END"]"#), (#""stop":["a","b"]"#, #","stop_sequences":["a","b"]"#),
            (#""user":"u-1""#, #","metadata":{"user_id":"u-1"}"#),
            (#""service_tier":"default""#, #","service_tier":"standard_only""#), (#""service_tier":"auto""#, ""),
            (
                #""tools":[{"type":"function","function":{"name":"f","description":"d","parameters":\#(schema)}}]"#,
                #","tools":[{"name":"f","description":"d","input_schema":\#(schema)}]"#
            ),
        ])
    func members(given: String, expected: String) throws {
        #expect(try translate(given) == #"{"model":"c-1","max_tokens":99,\#(Self.hello)\#(expected)}"#)
    }

    @Test(
        "the limit, by either name",
        arguments: [
            #""max_tokens":7"#, #""max_completion_tokens":7"#, #""max_tokens":7,"max_completion_tokens":7"#,
            #""max_tokens":null,"max_completion_tokens":7"#,
        ])
    func limit(given: String) throws {
        #expect(try translate(given) == #"{"model":"c-1","max_tokens":7,\#(Self.hello)}"#)
    }

    @Test(
        "the choice of a tool",
        arguments: [
            (#""tool_choice":"auto""#, #"{"type":"auto"}"#), (#""tool_choice":"none""#, #"{"type":"none"}"#),
            (#""tool_choice":"required""#, #"{"type":"any"}"#),
            (#""tool_choice":{"type":"function","function":{"name":"f"}}"#, #"{"type":"tool","name":"f"}"#),
            (#""parallel_tool_calls":false"#, #"{"type":"auto","disable_parallel_tool_use":true}"#),
            (
                #""tool_choice":"required","parallel_tool_calls":false"#,
                #"{"type":"any","disable_parallel_tool_use":true}"#
            ),
        ])
    func toolChoice(given: String, expected: String) throws {
        let tools = #""tools":[{"type":"function","function":{"name":"f"}}]"#
        let translated = #""tools":[{"name":"f","input_schema":{"type":"object","properties":{}}}]"#
        #expect(
            try translate("\(tools),\(given)")
                == #"{"model":"c-1","max_tokens":99,\#(Self.hello),\#(translated),"tool_choice":\#(expected)}"#)
    }

    @Test("what the system says first, and turns of texts and of parts")
    func conversation() throws {
        let messages = #"""
            [{"role":"system","content":"brief"},{"role":"developer","content":"polite"},
             {"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]},
             {"role":"assistant","content":"c","refusal":null},{"role":"user","content":"d"}]
            """#
        let system = #"[{"type":"text","text":"brief"},{"type":"text","text":"polite"}]"#
        let turns = #"""
            [{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]},\#
            {"role":"assistant","content":"c"},{"role":"user","content":"d"}]
            """#
        #expect(
            try translate("", messages: messages)
                == #"{"model":"c-1","max_tokens":99,"system":\#(system),"messages":\#(turns)}"#)
    }

    @Test(
        "messages that have no counterpart, with their place",
        arguments: [
            (#"[]"#, "messages:"), (#"[{"role":"system","content":"a"}]"#, "messages:"),
            (#"[{"role":"assistant","content":"a"},{"role":"user","content":"b"}]"#, "messages[0].role"),
            (#"[{"role":"user","content":"a"},{"role":"user","content":"b"}]"#, "messages[1].role"),
            (#"[{"role":"user","content":"a"},{"role":"system","content":"b"}]"#, "messages[1].role"),
            (#"[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]"#, "messages:"),
            (#"[{"role":"tool","content":"a","tool_call_id":"t"}]"#, "messages[0].tool_call_id"),
            (#"[{"role":"function","content":"a"}]"#, "messages[0].role"),
            (#"[{"role":"user","content":"a","name":"ann"}]"#, "messages[0].name"),
            (#"[{"role":"user","content":""}]"#, "messages[0].content"),
            (#"[{"role":"user","content":null}]"#, "messages[0].content"),
            (#"[{"role":"user","content":[]}]"#, "messages[0].content"),
            (#"[{"role":"user","content":[{"type":"image_url","image_url":{"url":"u"}}]}]"#, "messages[0].content"),
            (#"[{"role":"user","content":[{"type":"text","text":"a","x":1}]}]"#, "messages[0].content"),
            (
                #"[{"role":"user","content":"a"},{"role":"assistant","content":"b","tool_calls":[]},"#
                    + #"{"role":"user","content":"c"}]"#, "messages[1].tool_calls"
            ),
            (#"[7]"#, "messages[0].content"),
        ])
    func refusedMessages(messages: String, place: String) throws {
        #expect(try refusal("", messages: messages)?.hasPrefix(place) == true, "\(messages)")
    }

    /// A value of each member of the schema that says something /v1/messages cannot be told.
    private static let lost: [String: String] = [
        "n": "2", "stream": "true", "store": "true", "logprobs": "true", "frequency_penalty": "0.5",
        "presence_penalty": "-1", "top_logprobs": "3", "logit_bias": #"{"50256":-100}"#, "metadata": #"{"a":"b"}"#,
        "response_format": #"{"type":"json_object"}"#, "modalities": #"["text","audio"]"#,
        "functions": #"[{"name":"f"}]"#, "function_call": #""auto""#, "seed": "7", "stream_options": "{}",
        "reasoning_effort": #""low""#, "verbosity": #""low""#, "prediction": "{}", "audio": "{}",
        "web_search_options": "{}", "prompt_cache_key": #""k""#, "prompt_cache_retention": #""24h""#,
        "safety_identifier": #""s""#, "temperature": "1.5", "stop": "[1]", "user": "7", "service_tier": #""flex""#,
        "tool_choice": #""auto""#, "parallel_tool_calls": "false", "tools": #"[{"type":"custom"}]"#,
        "max_completion_tokens": #"8,"max_tokens":7"#,
    ]

    @Test("each member of the schema is translated or refused with its name; so is one that nobody knows")
    func everyMember() throws {
        for (name, value) in Self.lost {
            let reason = try refusal(#""\#(name)":\#(value)"#)
            #expect(reason?.hasPrefix(name) == true, "\(name): \(reason ?? "taken")")
        }
        #expect(try refusal(#""x_vendor":1"#)?.hasPrefix("x_vendor:") == true)
        // What the other tests translate, and what they cannot refuse.
        let others: Set = ["model", "messages", "max_tokens", "top_p"]
        #expect(ChatToMessages.knownMembers == Set(Self.lost.keys).union(others))
    }

    @Test("a value that says the same as its absence is left out")
    func nothingSaid() throws {
        for name in ChatToMessages.knownMembers.subtracting(["model", "messages"]) {
            #expect(try translate(#""\#(name)":null"#) == #"{"model":"c-1","max_tokens":99,\#(Self.hello)}"#, "\(name)")
        }
        let neutral =
            #""n":1,"stream":false,"store":false,"logprobs":false,"frequency_penalty":0,"logit_bias":{},"#
            + #""response_format":{"type":"text"},"modalities":["text"],"tools":[],"stop":[],"metadata":{}"#
        #expect(try translate(neutral) == #"{"model":"c-1","max_tokens":99,\#(Self.hello)}"#)
    }

    @Test(
        "tools that have no counterpart, with their place",
        arguments: [
            (#"{"type":"function","function":{"name":"f","strict":true}}"#, "tools[0].function.strict"),
            (#"{"type":"function","function":{"name":"f","parameters":{"type":"array"}}}"#, "tools[0].function.param"),
            (#"{"type":"function","function":{"name":"f","x":1}}"#, "tools[0].function.x"),
            (#"{"type":"function","function":{"name":"f"},"x":1}"#, "tools[0].x"),
            (#"{"type":"function","function":{}}"#, "tools[0].function.name"),
        ])
    func refusedTools(tool: String, place: String) throws {
        #expect(try refusal(#""tools":[\#(tool)]"#)?.hasPrefix(place) == true)
    }

    @Test("a line is read for such a model, refused where something is lost, and goes to /v1/messages")
    func lines() throws {
        let url = "/v1/chat/completions"
        let body = #"{"model":"claude","messages":[{"role":"user","content":"a"}],"max_completion_tokens":5}"#
        let outgoing = try MessagesRequestTests.outgoing(body, url: url)
        #expect(outgoing.url == .messages && outgoing.bound.completion == 5)
        #expect(
            String(decoding: outgoing.body, as: UTF8.self)
                == #"{"model":"claude","max_tokens":5,"messages":[{"role":"user","content":"a"}]}"#)
        #expect(try MessagesRequestTests.read(body, url: url).kind.url == .chatCompletions)
        let lost = #"{"model":"claude","messages":[{"role":"user","content":"a"}],"seed":1}"#
        #expect(MessagesRequestTests.refusal(lost, url: url)?.code == .untranslatable)
        for model in ["gpt", "both"] {
            let elsewhere = #"{"model":"\#(model)","messages":[{"role":"user","content":"a"}],"seed":1}"#
            #expect(MessagesRequestTests.refusal(elsewhere, url: url) == nil)
        }
    }
}
