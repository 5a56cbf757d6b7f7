import BatchCore
import Testing

@testable import Simulator

@Suite("A script alone decides which request gets which answer")
struct ScriptTests {
    private func statuses(_ script: String, _ prompts: [String]) throws -> [Int] {
        try SimulatorScript(script).answers(prompts.map { Ask.chat($0) }).map(\.status)
    }

    @Test("without rules everything is answered at once")
    func plain() throws {
        let answer = SimulatorScript().answers([Ask.chat("a")])[0]
        #expect(answer.status == 200)
        #expect(answer.delay == .zero)
        #expect(answer.ending == .whole)
    }

    @Test("every Nth, the first N and N times count the requests that a rule is for")
    func counting() throws {
        let four = ["a", "b", "c", "d"]
        #expect(try statuses(#"{"rules":[{"every":2,"status":503}]}"#, four) == [200, 503, 200, 503])
        #expect(try statuses(#"{"rules":[{"first":3,"status":503}]}"#, four) == [503, 503, 503, 200])
        #expect(try statuses(#"{"rules":[{"every":2,"times":1,"status":503}]}"#, four) == [200, 503, 200, 200])
        #expect(try statuses(#"{"rules":[{"match":"b","first":1,"status":503}]}"#, four) == [200, 503, 200, 200])
    }

    @Test("each_body counts every distinct body for itself, in whatever order they come")
    func eachBody() throws {
        let script = #"{"rules":[{"first":1,"each_body":true,"status":503}]}"#
        #expect(try statuses(script, ["a", "b", "b", "a", "a"]) == [503, 503, 200, 200, 200])
    }

    @Test("the first rule that takes a request wins, and those after it do not count it")
    func firstWins() throws {
        let script = #"{"rules":[{"first":1,"status":503},{"first":1,"status":429},{"match":"four","status":500}]}"#
        #expect(try statuses(script, ["one", "two", "three", "four"]) == [503, 429, 200, 500])
    }

    @Test("a rule's url and match must both fit")
    func urlAndMatch() throws {
        let script = try SimulatorScript(#"{"rules":[{"url":"/v1/embeddings","match":"x","status":503}]}"#)
        let requests = [
            Ask.request("/v1/embeddings", #"{"model":"m","input":"x"}"#),
            Ask.request("/v1/embeddings", #"{"model":"m","input":"y"}"#), Ask.chat("x"),
        ]
        #expect(script.answers(requests).map(\.status) == [503, 200, 200])
    }

    @Test("latency, latency per token and the rule's delay add up")
    func delays() throws {
        let script = try SimulatorScript(
            #"{"latency_ms":100,"latency_per_token_ms":10,"rules":[{"match":"three","content":"one two three"},"#
                + #"{"match":"slow","status":503,"delay_ms":1000}]}"#)
        let answers = script.answers([Ask.chat("three"), Ask.chat("slow")])
        #expect(answers[0].delay == .milliseconds(130))
        #expect(answers[1].delay == .milliseconds(1100))
        #expect(answers[1].billed == BilledTokens())
    }

    @Test("a fault carries its error object, Retry-After and headers")
    func fault() throws {
        let script = try SimulatorScript(
            #"{"rules":[{"status":429,"retry_after":"-1","headers":{"x-ratelimit-remaining-requests":"0"}}]}"#)
        let answer = script.answers([Ask.chat("a")])[0]
        #expect(answer.headers == [.init("Retry-After", "-1"), .init("x-ratelimit-remaining-requests", "0")])
        #expect(try script.answer(Ask.chat("a"))["error"]?["code"]?.string == "rate_limit_exceeded")
    }

    @Test("a raw body goes out as it is")
    func rawBody() throws {
        let answer = try SimulatorScript(#"{"rules":[{"body":"<html>"}]}"#).answers([Ask.chat("a")])[0]
        #expect(answer.status == 200)
        #expect(String(decoding: answer.body, as: UTF8.self) == "<html>")
        let script = try SimulatorScript(#"{"rules":[{"body":"{}"}]}"#)
        #expect(script.answers([Ask.request("/v1/moderations", "{")])[0].status == 200)
    }

    @Test("a needle is found wherever it stands, and nowhere else")
    func needle() {
        // All texts of up to five letters out of two: repeated beginnings are where a search goes wrong.
        let texts = (0...5).flatMap { length in
            (0..<(1 << length)).map { bits in (0..<length).map { UInt8(bits >> $0 & 1) } }
        }
        for hay in texts {
            for needle in texts {
                let starts = hay.count < needle.count ? [] : Array(0...(hay.count - needle.count))
                let expected = starts.contains { hay[$0...].starts(with: needle) }
                #expect(hay.contains(subsequence: needle) == expected, "\(needle) in \(hay)")
            }
        }
    }
}
