import BatchCore
import TestSupport
import Testing

@Suite("Two requests have one key exactly if the same answer serves both")
struct RequestKeyTests {
    private func key(_ body: String, url: String = "/v1/chat/completions", id: String = "a") throws -> String {
        try Sample.read(Sample.line(body, url: url, id: id)).key.hex
    }

    @Test("it is the SHA-256 of the version tag, the url and the canonical body")
    func form() throws {
        let text =
            "bobbin-request-key-1\n/v1/chat/completions\n"
            + #"{"max_tokens":10,"messages":[{"content":"hello","role":"user"}],"model":"m"}"#
        #expect(try key(Sample.hello) == SHA256.digest(of: Array(text.utf8)).hex)
    }

    @Test("for a route its list of models stands in place of its name")
    func routeForm() throws {
        let text =
            "bobbin-request-key-1\n/v1/chat/completions\n\"m\"\"dear\"\n"
            + #"{"messages":[{"content":"hello","role":"user"}],"seed":1}"#
        #expect(try key(Sample.chat(#""seed":1"#, model: "small")) == SHA256.digest(of: Array(text.utf8)).hex)
    }

    @Test(
        "order, white space, escapes and forms of numbers do not count",
        arguments: [
            #"{"max_tokens":10,"messages":[{"content":"hello","role":"user"}],"model":"m"}"#,
            #" { "messages" : [ { "role" : "user" , "content" : "hello" } ] , "max_tokens" : 10, "model":"m" } "#,
            #"{"model":"\u006d","m\u0065ssages":[{"role":"user","content":"\u0068ello"}],"max_tokens":10}"#,
            #"{"model":"m","messages":[{"role":"user","content":"hello"}],"max_tokens":10,"user":"u"}"#,
            #"{"model":"m","messages":[{"role":"user","content":"hello"}],"max_tokens":10,"\u0075ser":{"a":[1]}}"#,
            #"{"max_tokens":10,"messages":[{"content":"hello","role":"user"}],"model":"m","user":"u"}"#,
            #"{"model":"m","messages":[{"role":"user","content":"hello"}],"max_tokens":10,"metadata":{"a":"b"}}"#,
            #"{"model":"m","messages":[{"role":"user","content":"hello"}],"max_tokens":10,"store":true,"stream":false}"#,
            #"{"model":"m","messages":[{"role":"user","content":"hello"}],"max_tokens":10,"stream_options":null}"#,
            #"{"safety_identifier":"s","model":"m","messages":[{"role":"user","content":"hello"}],"max_tokens":10}"#,
            #"{"model":"m","messages":[{"role":"user","content":"hello"}],"max_tokens":10,"prompt_cache_key":"k"}"#,
        ])
    func same(body: String) throws {
        #expect(try key(body) == key(Sample.hello))
    }

    @Test("neither custom_id nor method nor foreign members of the line count")
    func lineMembers() throws {
        #expect(try key(Sample.hello, id: "another") == key(Sample.hello))
        let plain = #"{"x":[1],"body":\#(Sample.hello),"url":"/v1/chat/completions","custom_id":"b"}"#
        #expect(try Sample.read(plain).key.hex == key(Sample.hello))
    }

    @Test(
        "everything that can change the answer counts",
        arguments: [
            #"{"model":"m","messages":[{"role":"user","content":"Hello"}],"max_tokens":10}"#,
            #"{"model":"m","messages":[{"role":"user","content":"hello "}],"max_tokens":10}"#,
            #"{"model":"m","messages":[{"role":"system","content":"hello"}],"max_tokens":10}"#,
            #"{"model":"m","messages":[{"role":"user","content":"hello","user":"u"}],"max_tokens":10}"#,
            #"{"model":"m","messages":[{"role":"user","content":"hello","metadata":{}}],"max_tokens":10}"#,
            #"{"model":"m","messages":[{"role":"user","content":"hello"}],"max_tokens":11}"#,
            #"{"model":"m","messages":[{"role":"user","content":"hello"}],"max_completion_tokens":10}"#,
            #"{"model":"m","messages":[{"role":"user","content":"hello"}],"max_tokens":10,"seed":null}"#,
            #"{"model":"m","messages":[{"role":"user","content":"hello"}],"max_tokens":10,"User":"u"}"#,
            #"{"model":"dear","messages":[{"role":"user","content":"hello"}],"max_tokens":10}"#,
            #"{"model":"small","messages":[{"role":"user","content":"hello"}],"max_tokens":10}"#,
        ])
    func different(body: String) throws {
        #expect(try key(body) != key(Sample.hello))
    }

    @Test("how many answers, tools and how they are chosen count, to the order and wording of a tool")
    func choicesAndTools() throws {
        func tool(_ name: String, _ description: String = "Looks up.") -> String {
            #"{"type":"function","function":{"name":"\#(name)","description":"\#(description)","parameters":{}}}"#
        }
        let (one, other) = (tool("one"), tool("other"))
        let keys = try [
            #""n":1"#, #""n":2"#, #""top_p":1"#, #""tools":[]"#, #""tools":[\#(one)]"#, #""tools":[\#(other)]"#,
            #""tools":[\#(one),\#(other)]"#, #""tools":[\#(other),\#(one)]"#, #""tools":[\#(tool("one", "Finds."))]"#,
            #""tools":[\#(one)],"tool_choice":"none""#, #""tools":[\#(one)],"tool_choice":"auto""#,
            #""tools":[\#(one)],"parallel_tool_calls":false"#,
            #""response_format":{"type":"json_object"}"#, #""response_format":{"type":"text"}"#,
        ].map { try key(Sample.chat($0)) }
        #expect(Set(keys).count == keys.count)
    }

    @Test("an image counts by its bytes or its address, its detail and its place")
    func images() throws {
        var catalogue = Sample.catalogue
        catalogue.models["m"]?.imageTokens = 100
        var reader = RequestReader(catalogue: catalogue)
        func image(_ url: String, _ detail: String = "") -> String {
            #"{"type":"image_url","image_url":{"url":"\#(url)"\#(detail)}}"#
        }
        let text = #"{"type":"text","text":"What is it?"}"#
        let (one, other) = (image("data:image/png;base64,AAAA"), image("data:image/png;base64,AAAB"))
        let contents = [
            text, "\(text),\(one)", "\(one),\(text)", "\(text),\(other)", "\(text),\(one),\(other)",
            "\(text),\(image("https://example.org/1.png"))", "\(text),\(image("https://example.org/2.png"))",
            "\(text),\(image("data:image/png;base64,AAAA", #","detail":"low""#))",
        ]
        var keys: Set<RequestKey> = []
        for content in contents {
            let body = #"{"model":"m","messages":[{"role":"user","content":[\#(content)]}]}"#
            let line = Array(Sample.line(body).utf8)
            keys.insert(try reader.read(line.span).key)
        }
        #expect(keys.count == contents.count)
    }

    @Test("temperature and seed count: the same question asked in another way")
    func sampling() throws {
        let keys = try [
            #""seed":1"#, #""seed":2"#, #""temperature":0"#, #""temperature":0.7"#, #""temperature":0.7,"seed":1"#,
        ].map { try key(Sample.chat($0)) }
        #expect(Set(keys).count == keys.count)
    }

    @Test("the url counts, and each url ignores its own members")
    func url() throws {
        let both = #"{"model":"m","input":"a","messages":[]}"#
        #expect(try key(both, url: "/v1/responses") != key(both, url: "/v1/embeddings"))
        let tagged = #"{"model":"m","input":"a","messages":[],"metadata":{"a":"b"}}"#
        #expect(try key(both, url: "/v1/responses") == key(tagged, url: "/v1/responses"))
        #expect(try key(both, url: "/v1/embeddings") != key(tagged, url: "/v1/embeddings"))
        let used = #"{"model":"m","input":"a","messages":[],"user":"b"}"#
        #expect(try key(both, url: "/v1/embeddings") == key(used, url: "/v1/embeddings"))
    }

    @Test("routes with the same models in another order ask other models")
    func routes() throws {
        #expect(try key(Sample.chat(#""n":1"#, model: "small")) != key(Sample.chat(#""n":1"#, model: "other")))
    }

    @Test("two routes of one list are one")
    func sameRoute() throws {
        var catalogue = Sample.catalogue
        catalogue.routes["twin"] = Route(name: "twin", models: ["m", "dear"])
        var reader = RequestReader(catalogue: catalogue)
        let one = Array(Sample.line(Sample.chat(#""n":1"#, model: "small")).utf8)
        let two = Array(Sample.line(Sample.chat(#""n":1"#, model: "twin")).utf8)
        let first = try reader.read(one.span).key
        let second = try reader.read(two.span).key
        #expect(first == second)
    }

    @Test(
        "seeds that a double cannot tell apart have different keys",
        arguments: [
            ("9007199254740992", "9007199254740993"), ("18446744073709551615", "18446744073709551616"),
            ("-9007199254740992", "-9007199254740993"),
            ("123456789012345678901234567890", "123456789012345678901234567891"),
            ("100000000000000000000000", "99999999999999991611392"), ("295147905179352825856", "295147905179352830000"),
        ])
    func largeSeeds(one: String, other: String) throws {
        #expect(try key(Sample.chat("\"seed\":\(one)")) != key(Sample.chat("\"seed\":\(other)")))
    }

    @Test(
        "one number in two forms has one key",
        arguments: [
            ("1", "1.0"), ("1", "1e0"), ("-0", "0"), ("0.5", "5e-1"), ("100", "1E2"),
            ("1e22", "10000000000000000000000"),
        ])
    func numberForms(one: String, other: String) throws {
        #expect(try key(Sample.chat("\"seed\":\(one)")) == key(Sample.chat("\"seed\":\(other)")))
    }

    @Test("random integers have one key exactly if they are equal")
    func randomIntegers() throws {
        var random = SeededGenerator(seed: 3)
        for round in 0..<500 {
            let one = Int64.random(in: .min ... .max, using: &random) >> Int64.random(in: 0..<60, using: &random)
            let other = one &+ Int64.random(in: -2...2, using: &random)
            let isSame = try key(Sample.chat("\"seed\":\(one)")) == key(Sample.chat("\"seed\":\(other)"))
            #expect(isSame == (one == other), "round \(round): \(one) and \(other)")
        }
    }

    @Test("a key is read back from its hexadecimal form, in either case, and from nothing else")
    func hex() throws {
        let hex = try key(Sample.hello)
        #expect(RequestKey(hex: hex)?.hex == hex)
        #expect(RequestKey(hex: hex.uppercased())?.hex == hex)
        for bad in [String(hex.dropLast()), hex + "0", String(hex.dropLast()) + "g", String(hex.dropLast(2)) + "é", ""]
        {
            #expect(RequestKey(hex: bad) == nil)
        }
    }
}
