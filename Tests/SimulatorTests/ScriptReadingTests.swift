import BatchCore
import Testing

@testable import Simulator

@Suite("A script that is not understood whole is refused, with the place and what would do")
struct ScriptReadingTests {
    private func error(of text: String) -> String? {
        do throws(ScriptError) {
            _ = try SimulatorScript(parsing: Array(text.utf8))
            return nil
        } catch {
            return error.description
        }
    }

    @Test("unknown keys, with the known ones")
    func unknownKeys() {
        #expect(
            error(of: #"{"latency":5}"#)
                == "the script has an unknown key latency; known are rules, latency_ms, latency_per_token_ms")
        #expect(
            error(of: #"{"rules":[{},{"stauts":503}]}"#)
                == "the script has an unknown key stauts in rules[1]; known are "
                + SimulatorRule.keys.joined(separator: ", "))
    }

    @Test(
        "values of the wrong type or out of range",
        arguments: [
            (#"[]"#, "text must be an object"),
            (#"{"rules":{}}"#, "rules must be an array"),
            (#"{"rules":[7]}"#, "rules[0] must be an object"),
            (#"{"latency_ms":-1}"#, "latency_ms must be an integer from 0 to 86400000"),
            (#"{"rules":[{"every":0}]}"#, "rules[0].every must be an integer from 1 to"),
            (#"{"rules":[{"status":204}]}"#, "rules[0].status must be an integer from 200 to 599"),
            (#"{"rules":[{"usage":"none"}]}"#, #"rules[0].usage must be an object, "missing" or "zero""#),
            (#"{"rules":[{"headers":{"a":"b\r\nc: d"}}]}"#, "rules[0].headers must be an object of header names"),
            (#"{"rules":[{"headers":{"a: b":"c"}}]}"#, "rules[0].headers must be an object of header names"),
            (#"{"rules":[{"retry_after":2}]}"#, "rules[0].retry_after must be a string"),
            (#"{"rules":[{"cut":true,"hang":true}]}"#, "rules[0] must be one of cut, drop and hang"),
            (#"{"rules":[{"hang":1}]}"#, "rules[0].hang must be true or false"),
        ])
    func wrongValues(text: String, expected: String) {
        #expect(error(of: text)?.contains(expected) == true, "\(error(of: text) ?? "accepted")")
    }

    @Test("what is no JSON, with line and column")
    func notJSON() {
        #expect(error(of: "{\n  \"rules\": [,]}")?.hasPrefix("the script is not JSON: line 2, column 13: ") == true)
    }

    @Test("each key arrives where it belongs")
    func allKeys() throws {
        let script = try SimulatorScript(
            #"""
            {"latency_ms": 1, "latency_per_token_ms": 2, "rules": [{"match": "a", "url": "/v1/responses", "every": 3,
             "first": 4, "times": 5, "each_body": true, "status": 503, "retry_after": "6", "delay_ms": 7,
             "finish_reason": "length", "content": null, "usage": {"prompt_tokens": 8}, "body": "b",
             "headers": {"c": "d"}, "cut": true, "drop": false}]}
            """#)
        var rule = SimulatorRule()
        rule.match = "a"
        rule.url = "/v1/responses"
        rule.every = 3
        rule.first = 4
        rule.times = 5
        rule.eachBody = true
        rule.status = 503
        rule.retryAfter = "6"
        rule.delay = .milliseconds(7)
        rule.finishReason = "length"
        rule.content = .null
        rule.usage = .scripted(.object([.init(name: "prompt_tokens", value: .number("8"))]))
        rule.body = "b"
        rule.headers = [.init("c", "d")]
        rule.ending = .cut
        var expected = SimulatorScript(rules: [rule])
        expected.latency = .milliseconds(1)
        expected.latencyPerToken = .milliseconds(2)
        #expect(script == expected)
    }
}
