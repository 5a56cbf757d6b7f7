import BatchCore
import Testing

@Suite("A request's worst case is no less than any honest server can charge")
struct RequestBoundTests {
    /// Tokens of the completion part of the bound.
    private func completion(_ body: String, url: String = "/v1/chat/completions") throws -> Int {
        let withIt = try Sample.body(body, url: url)
        // The same prompt priced without completions: the bytes of the body and the marks of its items.
        let prompt = body.utf8.count + 16 * 1 + 64
        return withIt.worstCase.tokens - prompt
    }

    @Test(
        "the stated limit, the larger of two, or the model's",
        arguments: [
            (#""max_tokens":10"#, 10), (#""max_completion_tokens":20"#, 20),
            (#""max_tokens":10,"max_completion_tokens":20"#, 20), (#""max_tokens":30,"max_completion_tokens":20"#, 30),
            (#""max_tokens":null,"max_completion_tokens":20"#, 20), (#""max_tokens":null"#, 1024), (#""seed":1"#, 1024),
            (#""n":3,"max_tokens":10"#, 30), (#""n_cmpl":3,"n":2,"max_tokens":10"#, 30),
            (#""n":null,"max_tokens":10"#, 10), (#""n":3"#, 3072),
            (#""best_of":5,"max_tokens":10"#, 10), (#""max_output_tokens":5"#, 1024),
        ])
    func chat(members: String, tokens: Int) throws {
        #expect(try completion(Sample.chat(members)) == tokens)
    }

    @Test(
        "completions are made for the larger of n and best_of",
        arguments: [
            (#""n":2,"best_of":5,"max_tokens":10"#, 50), (#""n":3,"max_tokens":10"#, 30), (#""prompt":"a""#, 1024),
        ])
    func completions(members: String, tokens: Int) throws {
        #expect(try completion("{\"model\":\"m\",\(members)}", url: "/v1/completions") == tokens)
    }

    @Test(
        "a list of prompts is completed prompt by prompt",
        arguments: [
            (#"["a","b","c"]"#, 3), (#"[[1,2],[3]]"#, 2), (#"[1,2,3]"#, 1), (#"[]"#, 1), (#""abc""#, 1),
        ])
    func manyPrompts(prompt: String, count: Int) throws {
        let body = "{\"model\":\"m\",\"prompt\":\(prompt),\"n\":2,\"max_tokens\":1000}"
        let worst = try Sample.body(body, url: "/v1/completions").worstCase.tokens
        #expect(worst >= count * 2000)
        #expect(worst < count * 2000 + 1000)
    }

    @Test(
        "a response states max_output_tokens",
        arguments: [
            (#""max_output_tokens":10"#, 10), (#""max_tokens":10"#, 1024), (#""n":7,"max_output_tokens":10"#, 70),
        ])
    func responses(members: String, tokens: Int) throws {
        #expect(try completion("{\"model\":\"m\",\"input\":\"a\",\(members)}", url: "/v1/responses") == tokens)
    }

    @Test("embeddings have no completion")
    func embeddings() throws {
        let request = try Sample.body(#"{"model":"m","input":"abc"}"#, url: "/v1/embeddings")
        #expect(request.worstCase.tokens == 27 + 16 + 64)
        #expect(!request.boundInjected)
    }

    @Test("each message sets its marks aside")
    func messages() throws {
        let one = #"{"model":"m","max_tokens":1,"messages":[{}]}"#
        let three = #"{"model":"m","max_tokens":1,"messages":[{},{},{}]}"#
        #expect(
            try Sample.body(three).worstCase.tokens - Sample.body(one).worstCase.tokens
                == 2 * 16 + three.utf8.count - one.utf8.count)
    }

    @Test("a context bounds one prompt, and each of many")
    func context() throws {
        let long = String(repeating: "a", count: 400)
        let chat = #"{"model":"short","max_tokens":1,"messages":[{"role":"user","content":"\#(long)"}]}"#
        #expect(try Sample.body(chat).worstCase.tokens == 51)
        let texts = #"{"model":"short","input":["\#(long)","\#(long)","\#(long)"]}"#
        #expect(try Sample.body(texts, url: "/v1/embeddings").worstCase.tokens == 150)
        let prompts = #"{"model":"short","max_tokens":1,"prompt":["\#(long)","\#(long)"]}"#
        #expect(try Sample.body(prompts, url: "/v1/completions").worstCase.tokens == 102)
    }

    @Test("on a route the dearest of its models counts, in money and in tokens apart")
    func route() throws {
        let onRoute = try Sample.body(Sample.chat(#""seed":1"#, model: "small")).worstCase
        let cheap = try Sample.body(Sample.chat(#""seed":1"#, model: "m")).worstCase
        let dear = try Sample.body(Sample.chat(#""seed":1"#, model: "dear")).worstCase
        #expect(onRoute.tokens > dear.tokens)
        #expect(onRoute.tokens == cheap.tokens + 4, "the name is four bytes longer")
        #expect(onRoute.usd > dear.usd)
        #expect(onRoute.usd.picodollars - dear.usd.picodollars == 2_000_000)
    }

    @Test(
        "whether the model's limit has to be put in is known",
        arguments: [
            (#""max_tokens":10"#, false), (#""max_completion_tokens":10"#, false), (#""seed":1"#, true),
            (#""max_tokens":null"#, true),
        ])
    func injected(members: String, isInjected: Bool) throws {
        #expect(try Sample.body(Sample.chat(members)).boundInjected == isInjected)
    }
}
