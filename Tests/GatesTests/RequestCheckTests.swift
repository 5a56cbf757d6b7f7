import BatchCore
import Gates
import Testing

@Suite("What the request asked for is checked without any configuration")
struct RequestCheckTests {
    private static let schema = #"{"type":"object","properties":{"n":{"type":"integer"}},"required":["n"]}"#

    private func defect(
        _ text: String, asked: String,
        _ change: (inout CheckPolicy) -> Void = { _ in }, calls: [ParsedAnswer.ToolCall] = []
    ) throws -> String? {
        var policy = GatePolicy()
        change(&policy.checks)
        var choice = ParsedAnswer.Choice(finishReason: "stop", text: text, calledTool: !calls.isEmpty)
        choice.toolCalls = calls
        let line = #"{"custom_id":"1","method":"POST","url":"/v1/chat/completions","body":{"model":"m",\#(asked)}}"#
        let inspected = Inspected(ParsedAnswer(choices: [choice]), line: Array(line.utf8), url: .chatCompletions)
        return try Gate(policy).inspect(inspected, by: "m")?.description
    }

    @Test(
        "json_object, json_schema, the format of a response, the schema of llama.cpp",
        arguments: [
            (#""response_format":{"type":"json_object"}"#, "[1]", "response_format: its text is no JSON object"),
            (
                #""response_format":{"type":"json_schema","json_schema":{"name":"x","schema":\#(schema)}}"#,
                #"{"n":"1"}"#, "response_format: /n breaks type"
            ),
            (
                #""response_format":{"type":"json_object","schema":\#(schema)}"#, "{}",
                "response_format: the whole breaks required (n)"
            ),
            (
                #""text":{"format":{"type":"json_schema","name":"x","schema":\#(schema)}}"#, #"{"n":1.5}"#,
                "response_format: /n breaks type"
            ),
        ])
    func formats(asked: String, bad: String, said: String) throws {
        #expect(try defect(#"{"n":1}"#, asked: asked) == nil)
        #expect(try defect(bad, asked: asked) == said)
        #expect(try defect("no", asked: asked)?.hasPrefix("response_format: its text is no JSON: column 1") == true)
        #expect(try defect("no", asked: asked, { $0.responseFormat = false }) == nil)
    }

    @Test("any text will do where nothing was asked")
    func anyText() throws {
        for asked in [#""response_format":{"type":"text"}"#, #""n":1"#, #""response_format":null"#] {
            #expect(try defect("no", asked: asked) == nil)
        }
    }

    @Test("a schema that cannot be used is a defect, not a pass")
    func unusable() throws {
        for schema in [#"{"$ref":"http://127.0.0.1/x.json"}"#, #"{"pattern":"("}"#, "5", ##"{"$ref":"#"}"##] {
            let asked = #""response_format":{"type":"json_schema","json_schema":{"schema":\#(schema)}}"#
            let said = try defect("{}", asked: asked)
            #expect(
                said?.hasPrefix("response_format: the schema of the request cannot be used") == true, "\(said ?? "")")
        }
    }

    @Test("arguments of a tool fit its parameters, in every way tools are listed")
    func tools() throws {
        let lists = [
            #""tools":[{"type":"function","function":{"name":"f","parameters":\#(Self.schema)}}]"#,
            #""tools":[{"type":"function","name":"f","parameters":\#(Self.schema)}]"#,
            #""functions":[{"name":"f","parameters":\#(Self.schema)}]"#,
        ]
        for asked in lists {
            #expect(try defect("", asked: asked, calls: [.init(name: "f", arguments: #"{"n":1}"#)]) == nil)
            let wrong = ParsedAnswer.ToolCall(name: "f", arguments: #"{"n":"secret"}"#)
            #expect(
                try defect("", asked: asked, calls: [wrong]) == "tool_arguments: the arguments of f: /n breaks type")
            #expect(try defect("", asked: asked, { $0.toolArguments = false }, calls: [wrong]) == nil)
            let cut = ParsedAnswer.ToolCall(name: "f", arguments: #"{"n":1"#)
            #expect(try defect("", asked: asked, calls: [cut])?.contains("are no JSON") == true)
            let other = ParsedAnswer.ToolCall(name: "secret", arguments: "{}")
            #expect(
                try defect("", asked: asked, calls: [other])
                    == "tool_arguments: it calls a tool that the request does not have")
        }
        #expect(
            try defect("", asked: #""tools":[{"function":{"name":"f"}}]"#, calls: [.init(name: "f", arguments: "x")])
                == nil)
    }

    @Test("echo: the share of the answer that stands in the prompt, in passages")
    func echo() throws {
        let prompt = (0..<40).map { "Sentence \($0) of the prompt says something. " }.joined()
        let asked = #""messages":[{"role":"user","content":"\#(prompt)"}]"#
        let echo: (inout CheckPolicy) -> Void = { $0.echo = 0.5 }
        #expect(try defect(prompt, asked: asked, echo) == "echo: 100 of 100 bytes repeat the prompt")
        #expect(
            try defect("Well. " + prompt.dropFirst(100).prefix(400), asked: asked, echo)?.hasPrefix("echo: ") == true)
        #expect(
            try defect(
                "An answer of its own, long enough to hold a passage of the prompt if it had any at all.", asked: asked,
                echo) == nil)
        let own = String(repeating: "These words are new. ", count: 30)
        #expect(try defect(own + prompt.prefix(200), asked: asked, echo) == nil)
        #expect(try defect(String(prompt.prefix(40)), asked: asked, echo) == nil, "short words are no echo")
        #expect(try defect(prompt, asked: asked) == nil)
    }
}
