import BatchCore
import Testing

@testable import Simulator

@Suite("An answer depends on nothing but its request, and its usage is what was sent")
struct AnswerTests {
    private let plain = SimulatorScript()

    @Test("the same body gets the same bytes, another body another id and text")
    func deterministic() throws {
        let answers = plain.answers([Ask.chat("one"), Ask.chat("one"), Ask.chat("two")])
        #expect(answers[0] == answers[1])
        let (one, two) = (try plain.answer(Ask.chat("one")), try plain.answer(Ask.chat("two")))
        #expect(one["id"] != two["id"])
        #expect(one.content() != two.content())
    }

    /// A change of this text is a change for everybody who compares runs.
    @Test("across versions, too")
    func golden() throws {
        let answer = try plain.answer(Ask.chat("golden"))
        #expect(answer["id"]?.string == "chatcmpl-817fe41bb8ae4d4f0b6a2918")
        #expect(answer["created"]?.int == 1_730_114_766)
        #expect(answer.content() == "A green parrot finds the last invoice once a year.")
    }

    @Test("a sentence has a capital and a full stop, and nothing of the prompt", arguments: 0..<100)
    func sentence(number: Int) throws {
        let answer = try plain.answer(Ask.chat("zebra \(number)"))
        let content = try #require(answer.content())
        #expect(content.first?.isUppercase == true)
        #expect(content.last == ".")
        #expect(!content.contains("zebra"))
    }

    @Test("prompt tokens: a token for four bytes of content, four more for each message")
    func promptTokens() throws {
        func tokens(_ path: String, _ body: String, _ name: String) throws -> Int? {
            try plain.answer(Ask.request(path, body)).usage(name)
        }
        let chat = #"{"model":"m","messages":[{"role":"system","content":"12345"},"#
        #expect(
            try tokens("/v1/chat/completions", chat + #"{"role":"user","content":"\u00e9"}]}"#, "prompt_tokens")
                == (5 + 2 + 3) / 4 + 8)
        let parts = #"{"role":"user","content":[{"type":"text","text":"123"},{"type":"text","text":"45678"}]}]}"#
        #expect(try tokens("/v1/chat/completions", chat + parts, "prompt_tokens") == (13 + 3) / 4 + 8)
        #expect(try tokens("/v1/completions", #"{"model":"m","prompt":["1234","1"]}"#, "prompt_tokens") == 1 + 1 + 8)
        #expect(try tokens("/v1/embeddings", #"{"model":"m","input":[[1,2,3],[4]]}"#, "total_tokens") == 3 + 1 + 8)
        #expect(
            try tokens("/v1/responses", #"{"model":"m","input":"1234","instructions":"12345"}"#, "input_tokens")
                == 1 + 4 + 2)
    }

    @Test("completion tokens are words, cut at max_tokens with finish_reason length", arguments: 0...20)
    func maxTokens(limit: Int) throws {
        let script = try SimulatorScript(#"{"rules":[{"content":"one  two\nthree four five"}]}"#)
        let answer = try script.answer(Ask.chat("a", #","max_tokens":\#(limit)"#))
        #expect(answer.usage("completion_tokens") == min(limit, 5))
        #expect(answer.finishReason() == (limit < 5 ? "length" : "stop"))
        if limit == 3 { #expect(answer.content() == "one  two\nthree") }
        if limit >= 5 { #expect(answer.content() == "one  two\nthree four five") }
    }

    @Test("n choices differ, and usage counts all of them")
    func choices() throws {
        let answer = try plain.answer(Ask.chat("a", #","n":3"#))
        let contents = (0..<3).compactMap { answer.content($0) }
        #expect(Set(contents).count == 3)
        let words = contents.reduce(0) { $0 + $1.split(separator: " ").count }
        #expect(answer.usage("completion_tokens") == words)
        #expect(answer.usage("total_tokens") == words + (answer.usage("prompt_tokens") ?? 0))
    }

    @Test("a completion answers each of its prompts n times")
    func prompts() throws {
        let answer = try plain.answer(Ask.request("/v1/completions", #"{"model":"m","prompt":["a","b"],"n":2}"#))
        let texts = answer["choices"]?.array?.compactMap { $0["text"]?.string } ?? []
        #expect(Set(texts).count == 4)
    }

    @Test("JSON where JSON is asked for")
    func json() throws {
        let answer = try plain.answer(Ask.chat("a", #","response_format":{"type":"json_object"}"#))
        let object = try JSONValue(parsing: try #require(answer.content()))
        #expect(object["answer"]?.string != nil)
        #expect(object["score"]?.int != nil)
    }

    @Test("usage as scripted: missing, zero, or anything; what is billed stays")
    func usage() throws {
        let script = try SimulatorScript(
            #"{"rules":[{"match":"gone","usage":"missing"},{"match":"zero","usage":"zero"},"#
                + #"{"usage":{"prompt_tokens":-5}}]}"#)
        #expect(try script.answer(Ask.chat("gone"))["usage"] == nil)
        #expect(try script.answer(Ask.chat("zero")).usage("total_tokens") == 0)
        #expect(try script.answer(Ask.chat("other"))["usage"] == JSONValue(parsing: #"{"prompt_tokens":-5}"#))
        #expect(script.answers([Ask.chat("gone")])[0].billed == plain.answers([Ask.chat("gone")])[0].billed)
    }

    @Test("finish_reason and content as scripted")
    func scripted() throws {
        let script = try SimulatorScript(#"{"rules":[{"finish_reason":"content_filter","content":null}]}"#)
        let answer = try script.answer(Ask.chat("a"))
        #expect(answer.finishReason() == "content_filter")
        #expect(answer["choices"]?.array?[0]["message"]?["content"] == .null)
        #expect(answer.usage("completion_tokens") == 0)
    }

    @Test("a response says incomplete when it is cut short")
    func responses() throws {
        let body = #"{"model":"m","input":[{"role":"user","content":"a"}],"max_output_tokens":1}"#
        let answer = try plain.answer(Ask.request("/v1/responses", body))
        #expect(answer["status"]?.string == "incomplete")
        #expect(answer["incomplete_details"]?["reason"]?.string == "max_output_tokens")
        #expect(answer.usage("output_tokens") == 1)
        #expect(answer["output"]?.array?[0]["content"]?.array?[0]["type"]?.string == "output_text")
    }

    @Test("embeddings are the same numbers in both encodings")
    func embeddings() throws {
        // The digest is of the body, so the two requests are made to share one.
        let digest = Ask.chat("a").digest
        func answer(_ format: String) throws -> JSONValue {
            let body = Array(#"{"model":"m","input":["a","b"],"dimensions":3,"encoding_format":"\#(format)"}"#.utf8)
            let question = try Question(reading: body, for: .embeddings)
            return try JSONValue(parsing: question.answered(from: digest, by: SimulatorRule()).body)
        }
        let (floats, base64) = (try answer("float")["data"]?.array, try answer("base64")["data"]?.array)
        for index in 0..<2 {
            let elements = try #require(floats?[index]["embedding"]?.array)
            let numbers = elements.compactMap(\.double)
            let bytes = numbers.flatMap { number in
                [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: Float(number).bitPattern >> $0) }
            }
            #expect(numbers.count == 3)
            #expect(base64?[index]["embedding"]?.string == Base64.text(of: bytes))
        }
    }

    @Test("base64 as in RFC 4648", arguments: [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foobar", "Zm9vYmFy")])
    func base64(text: String, encoded: String) {
        #expect(Base64.text(of: Array(text.utf8)) == encoded)
    }

    @Test(
        "what OpenAI would refuse is refused",
        arguments: [
            ("{", nil), ("[]", nil), (#"{"messages":[{"content":"a"}]}"#, "model"),
            (#"{"model":"m"}"#, "messages"), (#"{"model":"m","messages":[]}"#, "messages"),
            (#"{"model":"m","messages":[{}],"stream":true}"#, "stream"),
            (#"{"model":"m","messages":[{}],"n":1000000}"#, "n"),
            (#"{"model":"m","messages":[{}],"max_tokens":-1}"#, "max_tokens"),
            (#"{"model":"m","messages":[{}],"max_tokens":1.5}"#, "max_tokens"),
            (#"{"model":"m","messages":[{}],"max_tokens":"9"}"#, "max_tokens"),
        ] as [(String, String?)])
    func refused(body: String, param: String?) throws {
        let request = Ask.request("/v1/chat/completions", body)
        #expect(plain.answers([request])[0].status == 400)
        #expect(try plain.answer(request)["error"]?["param"] == param.map { .string($0) } ?? .null)
    }

    @Test("a url that is not simulated is not found")
    func notFound() {
        #expect(plain.answers([Ask.request("/v1/moderations", "{}")])[0].status == 404)
    }
}
