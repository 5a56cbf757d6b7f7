import BatchCore
import TestSupport
import Testing

@Suite("A member is known by its whole name, however that is written")
struct RequestMemberTests {
    private static let chat = "/v1/chat/completions"
    private static let ignored: [(url: String, names: [String])] = [
        (
            chat,
            [
                "metadata", "prompt_cache_key", "safety_identifier", "store", "stream", "stream_options", "user",
            ]
        ), ("/v1/completions", ["stream", "stream_options", "user"]), ("/v1/embeddings", ["user"]),
    ]
    private static let refused = [
        "previous_response_id", "conversation", "prompt_template", "chat_template", "web_search_options", "audio",
        "modalities", "prediction", "search_parameters", "enable_search", "plugins", "models", "service_tier", "tools",
        "fallbacks", "context_window_fallbacks", "content_policy_fallbacks", "user_config", "router_settings_override",
        "preset", "stream", "background", "n", "n_cmpl", "max_tokens", "max_completion_tokens", "n_predict",
    ]

    /// One character changed, at each place.
    private func neighbours(of name: String) -> [String] {
        let bytes = Array(name.utf8)
        return bytes.indices.map { place in
            var other = bytes
            other[place] ^= 1
            return String(decoding: other, as: UTF8.self)
        } + [name + "s", String(name.dropLast()), "x" + name]
    }

    private func escaped(_ name: String) -> String {
        name.utf8.map { "\\u00" + String($0, radix: 16) }.joined()
    }

    @Test("a member is ignored if it is called so, and not if it is called nearly so", arguments: ignored)
    func ignoring(url: String, names: [String]) throws {
        func key(_ member: String) throws -> RequestKey {
            try Sample.body(#"{"model":"m","messages":[],"prompt":"a","input":"a"\#(member)}"#, url: url).key
        }
        let plain = try key("")
        for name in names {
            #expect(try key(#","\#(name)":false"#) == plain, "\(name)")
            #expect(try key(#","\#(escaped(name))":false"#) == plain, "\(name) in escapes")
            for other in neighbours(of: name) {
                #expect(try key(#","\#(other)":false"#) != plain, "\(other)")
            }
        }
    }

    @Test("a member is looked at if it is called so, and not if it is called nearly so", arguments: refused)
    func looking(name: String) {
        func refusal(_ name: String) -> LineRefusal? {
            Sample.refusal(of: Sample.line(#"{"model":"m","messages":[],"\#(name)":[{}]}"#))
        }
        #expect(refusal(name) != nil)
        #expect(refusal(name) == refusal(escaped(name)))
        for other in neighbours(of: name) where !Self.refused.contains(other) && other != "model" {
            #expect(refusal(other) == nil)
        }
    }

    @Test("one reader reads lines of many kinds in any order as a new reader reads each")
    func manyKinds() throws {
        var catalogue = Sample.catalogue
        for number in 0..<20 {
            var model = try #require(catalogue.models["dear"])
            model.name = "model-\(number)"
            model.maxOutputTokens = 100 + number
            if number == 3 { model.prices = nil }
            catalogue.models[model.name] = model
        }
        let names = Array(catalogue.models.keys) + Array(catalogue.routes.keys) + ["none", "\\u006d", "mode\\u006c-1"]
        let urls = [Self.chat, "/v1/completions", "/v1/embeddings", "/v1/responses", "/v1/none"]
        let lines = names.sorted().flatMap { name in
            urls.map { url in
                Array(Sample.line(#"{"model":"\#(name)","messages":[{}],"user":"u","temperature":0}"#, url: url).utf8)
            }
        }
        var random = SeededGenerator(seed: 5)
        var reader = RequestReader(catalogue: catalogue)
        for line in (lines + lines + lines).shuffled(using: &random) {
            var fresh = RequestReader(catalogue: catalogue)
            #expect(Self.outcome(of: line, &reader) == Self.outcome(of: line, &fresh))
        }
    }

    private static func outcome(of line: [UInt8], _ reader: inout RequestReader) -> Result<BatchRequest, LineRefusal> {
        do throws(LineRefusal) { return .success(try reader.read(line.span)) } catch { return .failure(error) }
    }
}
