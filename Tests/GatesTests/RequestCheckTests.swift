import BatchCore
import Gates
import TestSupport
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
        let passages = (0..<4).map { "\($0): " + prompt.dropFirst(400 - 90 * $0).prefix(80) }.joined(
            separator: ". And ")
        #expect(try defect(passages, asked: asked, echo)?.hasPrefix("echo: ") == true, "passages add up")
        let own = String(repeating: "These words are new. ", count: 30)
        #expect(try defect(own + prompt.prefix(200), asked: asked, echo) == nil)
        #expect(try defect(String(prompt.prefix(40)), asked: asked, echo) == nil, "short words are no echo")
        #expect(try defect(prompt, asked: asked) == nil)
    }

    @Test("echo: passages that begin alike are told apart")
    func alikePassages() throws {
        func passage(_ letter: String) -> String { "Dear Sir" + String(repeating: letter, count: 24) }
        let prompt = ["a", "b", "c", "d"].map(passage).joined()
        let asked = #""messages":[{"role":"user","content":"\#(prompt)"}]"#
        func said(_ text: String) throws -> String? { try defect(text, asked: asked) { $0.echo = 0 } }
        #expect(try said(passage("x") + passage("y")) == "echo: 0 of 100 bytes repeat the prompt")
        #expect(try said(passage("d") + passage("c")) == "echo: 100 of 100 bytes repeat the prompt")
    }

    @Test("echo: every passage counts, and no byte twice, as comparing every place with every place finds them")
    func everyPassage() throws {
        for seed in UInt64(0)..<12 {
            var random = SeededGenerator(seed: seed)
            func words(_ count: Int) -> String {
                (0..<count).map { _ in String(Int.random(in: 0..<40, using: &random), radix: 36) }.joined()
            }
            let prompt = words(Int.random(in: 1...200, using: &random))
            var text = words(70)
            for _ in 0..<3 {
                let passage = prompt.dropFirst(Int.random(in: 0..<prompt.utf8.count, using: &random)).prefix(90)
                text += passage + words(Int.random(in: 0...30, using: &random))
            }
            let asked = #""messages":[{"role":"user","content":"\#(prompt)"}]"#
            let said = try defect(text, asked: asked) { $0.echo = 0 }
            let (least, most) = Self.echoed(Array(text.utf8), Array(prompt.utf8))
            let isBetween = (least...most).contains { said == "echo: \($0) of 100 bytes repeat the prompt" }
            #expect(isBetween, "seed \(seed): \(said ?? "nothing"), not \(least) to \(most)")
        }
    }

    /// Of 100 bytes those that stand in passages of 63 bytes which both have, and those in passages of 32.
    private static func echoed(_ text: [UInt8], _ prompt: [UInt8]) -> (least: Int, most: Int) {
        var lengths = [Int](repeating: 0, count: text.count)
        /// By place in the prompt: as many bytes before it are those before the place in the text.
        var common = [Int](repeating: 0, count: prompt.count + 1)
        for at in text.indices {
            for place in prompt.indices.reversed() {
                common[place + 1] = text[at] == prompt[place] ? common[place] + 1 : 0
                guard common[place + 1] >= 32 else { continue }
                for echoed in at - common[place + 1] + 1...at {
                    lengths[echoed] = max(lengths[echoed], common[place + 1])
                }
            }
        }
        return (lengths.count { $0 >= 63 } * 100 / text.count, lengths.count { $0 >= 32 } * 100 / text.count)
    }
}
