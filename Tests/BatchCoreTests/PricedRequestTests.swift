import BatchCore
import Testing

@Suite("A line's worst case knows images, later prices and reasoning beside the limit")
struct PricedRequestTests {
    private static let later = Timestamp(seconds: 1000)

    private static let catalogue: ModelCatalogue = {
        func price(_ input: Int128, image: Int128 = 0) -> Price {
            Price(
                rates: TokenRates(input: Money(picodollars: input), output: Money(picodollars: 10)),
                image: Money(picodollars: image))
        }
        var seeing = Model(name: "seeing", endpoint: "e", price: price(1, image: 5000), maxOutputTokens: 10)
        seeing.imageTokens = 1000
        var thinking = Model(name: "thinking", endpoint: "e", price: price(1), maxOutputTokens: 10)
        thinking.reasoningBesideLimit = 500
        let blind = Model(name: "blind", endpoint: "e", price: price(2), maxOutputTokens: 10)
        let dated = Model(
            name: "dated", endpoint: "e", prices: PriceList(price(1), changes: [.init(from: later, price: price(3))]),
            maxOutputTokens: 10)
        return ModelCatalogue(
            endpoints: [:], models: ["seeing": seeing, "thinking": thinking, "blind": blind, "dated": dated],
            routes: ["mixed": Route(name: "mixed", models: ["dated", "blind"])])
    }()

    private func read(_ body: String, url: String = "/v1/chat/completions") throws(LineRefusal) -> BatchRequest {
        var reader = RequestReader(catalogue: Self.catalogue)
        return try reader.read(Array(Sample.line(body, url: url).utf8).span)
    }

    private func chat(_ parts: String, model: String) -> String {
        #"{"model":"\#(model)","max_tokens":1,"messages":[{"role":"user","content":[\#(parts)]}]}"#
    }

    private func image(_ url: String) -> String { #"{"type":"image_url","image_url":{"url":"\#(url)"}}"# }

    @Test("an image takes what its model declares; its own bytes are no tokens, those of an address are")
    func images() throws {
        let inline = "data:image/png;base64," + String(repeating: "A", count: 5000)
        for url in [inline, "https://127.0.0.1/a.png"] {
            let body = chat("\(image(url)),\(image(url))", model: "seeing")
            let worst = try read(body).worstCase
            let text = body.utf8.count - (url == inline ? 2 * (inline.utf8.count + 2) : 0)
            let prompt = text + 16 + 64 + 2 * 1000
            #expect(worst == Amount(usd: Money(picodollars: Int128(prompt + 10 + 2 * 5000)), tokens: prompt + 1))
            #expect(try read(body).images == 2)
        }
    }

    @Test("in a response too, as a message and as the output of a tool")
    func responses() throws {
        let part = #"[{"type":"input_image","image_url":"data:image/png;base64,AAAA"}]"#
        let body =
            #"{"model":"seeing","input":[{"role":"user","content":\#(part)},{"type":"function_call_output","output":\#(part)}]}"#
        #expect(try read(body, url: "/v1/responses").images == 2)
    }

    @Test(
        "what no declaration bounds is refused, as are images where none is declared",
        arguments: [
            ("blind", #"{"type":"image_url","image_url":{"url":"data:x"}}"#), ("seeing", #"{"type":"image_url"}"#),
            ("seeing", #"{"type":"image_url","image_url":{"url":["a"]}}"#), ("seeing", #"{"type":"input_audio"}"#),
            ("seeing", #"{"type":"input_image","file_id":"f"}"#), ("seeing", #"{"type":"file"}"#),
        ])
    func refused(model: String, part: String) {
        #expect(throws: LineRefusal.self) { try read(chat(part, model: model)) }
    }

    @Test(
        "an object as a prompt is refused: servers that take one find images in it",
        arguments: [
            ("/v1/completions", #"{"model":"seeing","prompt":{"prompt_string":"a","multimodal_data":["AAAA"]}}"#),
            ("/v1/embeddings", #"{"model":"seeing","input":[{"image":"http://127.0.0.1/a.png"}]}"#),
            (
                "/v1/chat/completions",
                #"{"model":"seeing","messages":[],"chat_template":"{% for i in range(9) %}a{% endfor %}"}"#
            ),
        ])
    func objects(url: String, body: String) {
        #expect(throws: LineRefusal.self) { try read(body, url: url) }
    }

    @Test("reasoning that the limit does not hold in comes on top, for each choice")
    func reasoning() throws {
        let body = #"{"model":"thinking","max_tokens":7,"n":2,"messages":[{}]}"#
        #expect(try read(body).worstCase.tokens == body.utf8.count + 16 + 64 + 2 * 507)
        let absurd = #"{"model":"thinking","max_tokens":9223372036854775807,"messages":[{}]}"#
        #expect(throws: LineRefusal.self) { try read(absurd) }
    }

    @Test("tools set their instructions aside")
    func tools() throws {
        let body = #"{"model":"blind","max_tokens":1,"messages":[{}],"tools":[{"type":"function"}]}"#
        #expect(try read(body).worstCase.tokens == body.utf8.count + 16 + 64 + 256 + 1)
    }

    @Test("a later price has a worst case of its own, on a route the dearest at each time")
    func later() throws {
        let body = #"{"model":"dated","max_tokens":1,"messages":[{}]}"#
        let request = try read(body)
        let prompt = Int128(body.utf8.count + 16 + 64)
        #expect(request.worstCase(at: Timestamp(milliseconds: 999_999)).usd.picodollars == prompt + 10)
        #expect(request.worstCase(at: Self.later).usd.picodollars == 3 * prompt + 10)
        let mixed = try read(#"{"model":"mixed","max_tokens":1,"messages":[{}]}"#)
        #expect(mixed.worstCase(at: Timestamp(seconds: 0)).usd.picodollars == 2 * prompt + 10)
        #expect(mixed.worstCase(at: Self.later).usd.picodollars == 3 * prompt + 10)
        #expect(try read(#"{"model":"blind","max_tokens":1,"messages":[{}]}"#).laterWorstCases.isEmpty)
    }

    @Test("what goes out carries the bound on its model, and the least limit of a choice")
    func outgoing() throws {
        var reader = RequestReader(catalogue: Self.catalogue)
        let model = try #require(Self.catalogue.models["blind"])
        let body = #"{"model":"blind","max_tokens":9,"max_completion_tokens":7,"n":2,"messages":[{}]}"#
        let outgoing = try reader.outgoing(Array(Sample.line(body).utf8).span, to: model)
        #expect(outgoing.bound == TokenBound(prompt: body.utf8.count + 16 + 64, completion: 18))
        #expect(outgoing.choiceLimit == 7 && outgoing.promptBytes == body.utf8.count && !outgoing.echoes)
        let completion = #"{"model":"blind","prompt":"a","echo":true}"#
        let line = Array(Sample.line(completion, url: "/v1/completions").utf8)
        #expect(try reader.outgoing(line.span, to: model).echoes)
        #expect(try reader.outgoing(line.span, to: model).choiceLimit == 10)
    }
}
