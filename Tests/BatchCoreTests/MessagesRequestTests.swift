import BatchCore
import Testing

@Suite("A line of url /v1/messages is bounded, priced and sent as it stands")
struct MessagesRequestTests {
    static let catalogue: ModelCatalogue = {
        var claude = Model(
            name: "claude", endpoint: "a",
            price: Price(input: Money(picodollars: 1_000_000), output: Money(picodollars: 5_000_000)),
            maxOutputTokens: 1000)
        claude.interface = .anthropic
        var gpt = claude
        (gpt.name, gpt.interface) = ("gpt", .openAI)
        return ModelCatalogue(
            endpoints: [:], models: ["claude": claude, "gpt": gpt],
            routes: ["both": Route(name: "both", models: ["claude", "gpt"])])
    }()

    static func read(_ body: String, url: String = "/v1/messages") throws(LineRefusal) -> BatchRequest {
        var reader = RequestReader(catalogue: catalogue)
        return try reader.read(Array(Sample.line(body, url: url).utf8).span)
    }

    static func refusal(_ body: String, url: String = "/v1/messages") -> LineRefusal? {
        do throws(LineRefusal) { _ = try read(body, url: url) } catch { return error }
        return nil
    }

    static func outgoing(_ body: String, url: String = "/v1/messages") throws(LineRefusal) -> OutgoingRequest {
        var reader = RequestReader(catalogue: catalogue)
        let model = catalogue.models["claude"] ?? catalogue.models["gpt"]
        guard let model else { preconditionFailure("the catalogue has both") }
        return try reader.outgoing(Array(Sample.line(body, url: url).utf8).span, to: model)
    }

    /// A body with `members` beside model, limit and one message.
    static func body(_ members: String, content: String = #""hello""#) -> String {
        let more = members.isEmpty ? "" : ",\(members)"
        return #"{"model":"claude","max_tokens":10,"messages":[{"role":"user","content":\#(content)}]\#(more)}"#
    }

    @Test("the bound: bytes of the body, its limit; thinking is within the limit")
    func bound() throws {
        let body = Self.body(#""thinking":{"type":"enabled","budget_tokens":1024}"#)
        let outgoing = try Self.outgoing(body)
        #expect(outgoing.bound == TokenBound(prompt: body.utf8.count + 16 + 64, completion: 10, images: 0))
        #expect(outgoing.url == .messages && outgoing.body == Array(body.utf8))
        #expect(try Self.read(body).worstCase.tokens == outgoing.bound.total)
    }

    @Test("tools bring a system prompt of up to a thousand tokens")
    func tools() throws {
        let body = Self.body(#""tools":[{"name":"f","input_schema":{"type":"object"}}]"#)
        #expect(try Self.outgoing(body).bound.prompt == body.utf8.count + 16 + 64 + 1024)
        #expect(try Self.read(body).asksForForm)
    }

    @Test("a line without the limit that the server wants gets the model's")
    func injected() throws {
        let body = #"{"model":"claude","messages":[{"role":"user","content":"a"}]}"#
        #expect(try Self.read(body).boundInjected)
        #expect(
            try Self.outgoing(body).body
                == Array(#"{"model":"claude","messages":[{"role":"user","content":"a"}],"max_tokens":1000}"#.utf8))
    }

    @Test(
        "taken",
        arguments: [
            body(#""system":"be brief""#),
            body(#""system":[{"type":"text","text":"a","cache_control":{"type":"ephemeral"}}]"#),
            body(#""cache_control":{"type":"ephemeral","ttl":"5m"}"#),
            body(#""service_tier":"standard_only","top_k":5,"stop_sequences":["a"],"stream":false"#),
            body(#""tools":[{"type":"custom","name":"f"}],"tool_choice":{"type":"any"}"#),
            body("", content: #"[{"type":"text","text":"a"},{"type":"tool_result","tool_use_id":"t","content":"b"}]"#),
            body(
                "", content: #"[{"type":"thinking","thinking":"a","signature":"b"},{"type":"tool_use","input":{}}]"#),
            body(#""output_config":{"format":{"type":"json_schema","schema":{}}}"#),
        ])
    func taken(body: String) {
        #expect(Self.refusal(body) == nil)
    }

    @Test(
        "refused: nothing bounds its tokens, or it is billed otherwise",
        arguments: [
            (body(#""mcp_servers":[]"#), "mcp_servers"), (body(#""container":"c""#), "container"),
            (body(#""inference_geo":"us""#), "inference_geo"), (body(#""speed":"fast""#), "speed"),
            (body(#""n":2"#), "n:"), (body(#""service_tier":"priority""#), "service_tier"),
            (body(#""tools":[{"type":"web_search_20250305","name":"w"}]"#), "tools"),
            (body(#""cache_control":{"type":"ephemeral","ttl":"1h"}"#), "cache_control"),
            (body(#""tools":[{"name":"f","cache_control":{"ttl":"1h"}}]"#), "cache_control"),
            (body("", content: #"[{"type":"text","text":"a","cache_control":{"ttl":"1h"}}]"#), "cache_control"),
            (body("", content: #"[{"type":"document","source":{"type":"url","url":"u"}}]"#), "document"),
            (body("", content: #"[{"type":"image","source":{"type":"file","file_id":"f"}}]"#), "image"),
            (body("", content: #"[{"text":"a"}]"#), "type"),
            (body("", content: #"[{"type":"tool_result","content":[{"type":"search_result"}]}]"#), "search_result"),
            (body(#""system":[{"type":"document"}]"#), "document"),
        ])
    func refused(body: String, word: String) {
        let refusal = Self.refusal(body)
        #expect(refusal?.code == .unboundedContent && refusal?.reason.contains(word) == true, "\(body)")
    }

    @Test("an image takes what the model declares, and its bytes are no text")
    func images() throws {
        let content = #"[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}}]"#
        #expect(Self.refusal(Self.body("", content: content))?.reason.contains("image_tokens") == true)
        var catalogue = Self.catalogue
        catalogue.models["claude"]?.imageTokens = 1600
        var reader = RequestReader(catalogue: catalogue)
        let body = Self.body("", content: content)
        let request = try reader.read(Array(Sample.line(body, url: "/v1/messages").utf8).span)
        #expect(request.images == 1)
        #expect(request.worstCase.tokens == body.utf8.count - #""AAAA""#.utf8.count + 16 + 64 + 1600 + 10)
    }

    @Test("stream has to be false, and metadata is no part of what is asked")
    func ignored() throws {
        #expect(Self.refusal(Self.body(#""stream":true"#))?.code == .streaming)
        let plain = try Self.read(Self.body(""))
        #expect(try Self.read(Self.body(#""metadata":{"user_id":"u"},"stream":false"#)).key == plain.key)
        #expect(try Self.read(Self.body(#""system":"s""#)).key != plain.key)
    }

    @Test(
        "a url that the endpoint does not have is refused with its model and interface",
        arguments: [
            (#"{"model":"gpt","max_tokens":1,"messages":[]}"#, "/v1/messages", "gpt", "openai"),
            (#"{"model":"claude","input":"a"}"#, "/v1/embeddings", "claude", "anthropic"),
            (#"{"model":"claude","input":"a"}"#, "/v1/responses", "claude", "anthropic"),
        ])
    func astray(body: String, url: String, model: String, interface: String) {
        #expect(
            Self.refusal(body, url: url)
                == LineRefusal(
                    .unsupportedURL,
                    "the endpoint of the model \"\(model)\" has no \(url): its interface in models.toml is "
                        + "\"\(interface)\""))
    }

    @Test("on a route it goes to a model whose endpoint has it")
    func elsewhere() throws {
        let message = #"{"model":"both","max_tokens":1,"messages":[]}"#
        #expect(try Self.read(message).kind.models == ["claude"])
        #expect(try Self.read(#"{"model":"both","prompt":"a"}"#, url: "/v1/completions").kind.models == ["gpt"])
        let chat = #"{"model":"both","messages":[{"role":"user","content":"a"}]}"#
        #expect(try Self.read(chat, url: "/v1/chat/completions").kind.models == nil)
    }
}
