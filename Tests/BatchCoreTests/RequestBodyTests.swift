import BatchCore
import Testing

@Suite("What is sent is what was written, but for the model of a route and the completion limit")
struct RequestBodyTests {
    private func sent(_ body: String, to model: String, url: String = "/v1/chat/completions") throws -> String {
        var reader = RequestReader(catalogue: Sample.catalogue)
        let line = Array(Sample.line(body, url: url).utf8)
        let model = try #require(Sample.catalogue.models[model])
        return String(decoding: try reader.outgoing(line.span, to: model).body, as: UTF8.self)
    }

    @Test(
        "byte for byte where nothing has to change",
        arguments: [
            Sample.hello, #"{ "model" : "m" , "max_tokens" : 5 , "messages" : [ ] }"#,
            #"{"model":"m","max_completion_tokens":5,"x":"é\u00e9\/","y":1.0e5,"z":123456789012345678901}"#,
        ])
    func untouched(body: String) throws {
        #expect(try sent(body, to: "m") == body)
    }

    @Test(
        "the route's name becomes the model's, wherever it stands",
        arguments: [
            (#"{"model":"small","max_tokens":5}"#, #"{"model":"dear","max_tokens":5}"#),
            (#"{"max_tokens":5,"model" : "small" }"#, #"{"max_tokens":5,"model" : "dear" }"#),
            (#"{"max_tokens":5,"mod\u0065l":"sm\u0061ll"}"#, #"{"max_tokens":5,"mod\u0065l":"dear"}"#),
            (
                #"{"model":"small","max_tokens":5,"messages":[{"model":"small"}]}"#,
                #"{"model":"dear","max_tokens":5,"messages":[{"model":"small"}]}"#
            ),
        ])
    func route(body: String, expected: String) throws {
        #expect(try sent(body, to: "dear") == expected)
    }

    @Test(
        "a missing limit is put in once",
        arguments: [
            ("/v1/chat/completions", #"{"model":"m"}"#, #"{"model":"m","max_tokens":1024}"#),
            ("/v1/chat/completions", #"{"model":"m" }"#, #"{"model":"m" ,"max_tokens":1024}"#),
            ("/v1/chat/completions", #"{"max_tokens":null,"model":"m"}"#, #"{"max_tokens":1024,"model":"m"}"#),
            (
                "/v1/chat/completions", #"{"max\u005ftokens": null,"model":"m"}"#,
                #"{"max\u005ftokens": 1024,"model":"m"}"#
            ),
            (
                "/v1/chat/completions", #"{"model":"m","max_completion_tokens":null}"#,
                #"{"model":"m","max_completion_tokens":null,"max_tokens":1024}"#
            ),
            ("/v1/completions", #"{"model":"m","prompt":"a"}"#, #"{"model":"m","prompt":"a","max_tokens":1024}"#),
            ("/v1/responses", #"{"model":"m","input":"a"}"#, #"{"model":"m","input":"a","max_output_tokens":1024}"#),
            ("/v1/embeddings", #"{"model":"m","input":"a"}"#, #"{"model":"m","input":"a"}"#),
            ("/v1/chat/completions", #"{"max_tokens":null,"model":"small"}"#, #"{"max_tokens":1024,"model":"m"}"#),
            ("/v1/chat/completions", #"{"model":"small","max_tokens":null}"#, #"{"model":"m","max_tokens":1024}"#),
        ])
    func limit(url: String, body: String, expected: String) throws {
        #expect(try sent(body, to: "m", url: url) == expected)
    }

    @Test("what is sent has the bound that was reserved, and asks for a model that was priced")
    func boundHolds() throws {
        for (body, model) in [(Sample.chat(#""n":2"#, model: "small"), "dear"), (Sample.chat(#""seed":3"#), "m")] {
            let edited = try sent(body, to: model)
            let before = try Sample.body(body)
            let after = try Sample.body(edited)
            #expect(!after.boundInjected)
            #expect(after.kind.model == model)
            let added = edited.utf8.count - body.utf8.count
            #expect(after.worstCase.tokens <= before.worstCase.tokens + max(0, added))
        }
    }
}
