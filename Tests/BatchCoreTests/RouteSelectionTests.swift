import BatchCore
import Testing

@Suite("A line of a route goes to the models that can answer it; where none can, each says why")
struct RouteSelectionTests {
    private static let catalogue: ModelCatalogue = {
        func model(_ name: String, _ input: Int128, _ output: Int128, context: Int? = nil) -> Model {
            Model(
                name: name, endpoint: "e",
                price: Price(input: Money(picodollars: input), output: Money(picodollars: output)),
                maxOutputTokens: 100, contextTokens: context)
        }
        var (cheap, dear) = (model("cheap", 1, 4, context: 400), model("dear", 2, 2, context: 2000))
        cheap.capabilities = [.jsonSchema]
        dear.imageTokens = 10
        // As a price file tells of a model: how long a prompt may be, and how long an answer.
        var listed = model("listed", 1, 1, context: 1000)
        (listed.maxOutputTokens, listed.windowTokens) = (1000, nil)
        var claude = model("claude", 3, 3)
        (claude.interface, claude.capabilities) = (.anthropic, [.tools])
        return ModelCatalogue(
            endpoints: [:], models: ["cheap": cheap, "dear": dear, "claude": claude, "listed": listed],
            routes: [
                "r": Route(name: "r", models: ["cheap", "dear"]),
                "less": Route(name: "less", models: ["dear", "cheap"], order: .cheapest),
                "listed-first": Route(name: "listed-first", models: ["listed", "dear"]),
                "lossy": Route(name: "lossy", models: ["claude", "cheap"]),
            ])
    }()

    private static func read(_ line: String) throws(LineRefusal) -> BatchRequest {
        var reader = RequestReader(catalogue: catalogue)
        return try reader.read(Array(line.utf8).span)
    }

    private static func models(_ members: String, route: String = "r", url: String = "/v1/chat/completions")
        -> [String]?
    {
        let text = #""messages":[{"role":"user","content":"hello"}]"#
        do throws(LineRefusal) {
            return try read(
                Sample.line(#"{"model":"\#(route)",\#(members.isEmpty ? text : members + "," + text)}"#, url: url)
            )
            .kind.models
        } catch { return [error.code.rawValue, error.reason] }
    }

    @Test(
        "what only the second can goes there",
        arguments: [
            #""tools":[{"type":"function","function":{"name":"f"}}]"#, #""functions":[{"name":"f"}]"#,
            #""reasoning_effort":"low""#, #""max_tokens":400"#, #""max_completion_tokens":300"#,
            #""messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"http://a/b"}}]}],"x":1"#,
        ])
    func second(members: String) {
        let text =
            members.hasPrefix(#""messages"#) ? members : members + #","messages":[{"role":"user","content":"hi"}]"#
        do throws(LineRefusal) {
            #expect(try Self.read(Sample.line(#"{"model":"r",\#(text)}"#)).kind.models == ["dear"])
        } catch { Issue.record("\(error)") }
    }

    @Test("of a model whose room is known from a price file alone the prompt is compared, and no answer is too long")
    func priceFile() {
        #expect(Self.models("", route: "listed-first") == nil)
        #expect(Self.models(#""max_tokens":1000"#, route: "listed-first") == nil)
        #expect(Self.models(#""max_tokens":1000"#, route: "listed") == nil)
        let long = String(repeating: "x", count: 1000)
        #expect(Self.models(#""x":"\#(long)""#, route: "listed-first") == ["dear"])
    }

    @Test(
        "what both can goes to both, and says nothing of them",
        arguments: [
            "", #""tools":[]"#, #""reasoning_effort":"none""#, #""reasoning_effort":null"#, #""max_tokens":10"#,
            #""response_format":{"type":"json_schema","json_schema":{}}"#, #""response_format":{"type":"text"}"#,
        ])
    func both(members: String) { #expect(Self.models(members) == nil) }

    @Test("a prompt that surely fits into the second alone goes there, one that fits surely into none to the roomier")
    func context() {
        func prompt(_ bytes: Int) -> String { #""x":"\#(String(repeating: "a", count: bytes))""# }
        #expect(Self.models(prompt(50)) == nil)
        #expect(Self.models(prompt(600)) == ["dear"])
        #expect(Self.models(prompt(6000)) == ["dear"])
        #expect(Self.models(#""max_tokens":3000"#) == ["dear"], "many servers take it for as much as there is room for")
        #expect(Self.models(#""max_tokens":3000"#, route: "cheap") == nil)
    }

    @Test("what none can is refused with each model's reason")
    func none() {
        let refusal = Self.models(#""reasoning_effort":"low""#, route: "lossy")
        #expect(refusal?.first == "no_model")
        #expect(
            refusal?.last
                == "no model of its route can answer it: \"claude\": the model \"claude\" has no reasoning among its "
                + "capabilities in models.toml; \"cheap\": the model \"cheap\" has no reasoning among its "
                + "capabilities in models.toml")
        #expect(
            Self.models(#""tools":[{"type":"function"}]"#, route: "cheap")
                == ["no_model", "the model \"cheap\" has no tools among its capabilities in models.toml"])
    }

    @Test(
        "what would be lost in translation goes to a model that takes it as it stands; nothing is lost, and it may stay"
    )
    func translation() {
        #expect(Self.models(#""seed":1"#, route: "lossy") == ["cheap"])
        #expect(Self.models(#""top_p":1"#, route: "lossy") == nil)
        #expect(Self.models(#""tools":[{"type":"function","function":{"name":"f"}}]"#, route: "lossy") == ["claude"])
        #expect(Self.models(#""seed":1"#, route: "claude")?.first == "untranslatable")
    }

    @Test("the cheapest goes first: which that is depends on the request")
    func cheapest() {
        #expect(Self.models(#""max_tokens":1"#, route: "less") == ["cheap", "dear"])
        #expect(Self.models(#""max_tokens":200"#, route: "less") == nil)
    }

    @Test("the worst case is that of the models that may answer, and the key is the route's whoever they are")
    func worstCase() throws {
        let line = Sample.line(Sample.chat(#""reasoning_effort":"low","max_tokens":10"#, model: "r"))
        let plain = Sample.line(Sample.chat(#""reasoning_effort":"low","max_tokens":10"#, model: "dear"))
        #expect(
            try Self.read(line).worstCase.usd < Self.read(Sample.line(Sample.chat(#""x":1"#, model: "r"))).worstCase.usd
        )
        #expect(try Self.read(line).worstCase.tokens + 3 == Self.read(plain).worstCase.tokens)
        var other = Self.catalogue
        other.models["cheap"]?.capabilities = .all
        var reader = RequestReader(catalogue: other)
        #expect(try reader.read(Array(line.utf8).span).key == Self.read(line).key)
    }
}
