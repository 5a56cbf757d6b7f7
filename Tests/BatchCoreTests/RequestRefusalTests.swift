import BatchCore
import Testing

@Suite("A line that cannot be sent is refused with its code and a reason to act on")
struct RequestRefusalTests {
    @Test(
        "what is no request",
        arguments: [
            ("", LineRefusal(.invalidJSON, "column 1: the text is empty")),
            (#"{"custom_id":"a","#, LineRefusal(.invalidJSON, "column 18: the text ends too early")),
            (
                #"{"custom_id":"a"} x"#,
                LineRefusal(.invalidJSON, "column 19: something follows the end of the JSON text")
            ),
            (
                #"{"a":1,"a":2}"#,
                LineRefusal(.invalidJSON, #"column 8: the member name "a" stands twice in one object"#)
            ),
            (
                "[]",
                LineRefusal(.notARequest, #"the line is no JSON object; a request is {"custom_id", "url", "body"}"#)
            ),
            ("{}", LineRefusal(.notARequest, "custom_id is missing, empty or no string")),
            (Sample.line(Sample.hello, id: ""), LineRefusal(.notARequest, "custom_id is missing, empty or no string")),
            (#"{"custom_id":7}"#, LineRefusal(.notARequest, "custom_id is missing, empty or no string")),
            (#"{"custom_id":"a","method":"GET"}"#, LineRefusal(.notARequest, "method is not \"POST\"")),
            (#"{"custom_id":"a","method":null}"#, LineRefusal(.notARequest, "method is not \"POST\"")),
            (#"{"custom_id":"a"}"#, LineRefusal(.notARequest, "body is missing or no JSON object")),
            (#"{"custom_id":"a","body":[]}"#, LineRefusal(.notARequest, "body is missing or no JSON object")),
            (#"{"custom_id":"a","body":{}}"#, LineRefusal(.notARequest, "body.model is missing or no string")),
            (#"{"custom_id":"a","body":{"model":1}}"#, LineRefusal(.notARequest, "body.model is missing or no string")),
            (#"{"custom_id":"a","body":{"model":"m"}}"#, LineRefusal(.notARequest, "url is missing or no string")),
            (
                #"{"custom_id":"a","url":5,"body":{"model":"m"}}"#,
                LineRefusal(.notARequest, "url is missing or no string")
            ),
            (
                Sample.line(Sample.hello, url: "/v1/images/edits"),
                LineRefusal(
                    .unsupportedURL,
                    #"url "/v1/images/edits" is none of /v1/chat/completions, /v1/completions, /v1/embeddings, "#
                        + "/v1/responses, /v1/messages"
                )
            ),
        ])
    func noRequest(line: String, refusal: LineRefusal) {
        #expect(Sample.refusal(of: line) == refusal)
    }

    @Test(
        "models that are not there, or whose price is not",
        arguments: [
            ("nobody", LineRefusal(.unknownModel, "\"nobody\" is neither a model nor a route of models.toml")),
            ("M", LineRefusal(.unknownModel, "\"M\" is neither a model nor a route of models.toml")),
            ("", LineRefusal(.unknownModel, "\"\" is neither a model nor a route of models.toml")),
            (
                "unpriced",
                LineRefusal(.priceUnknown, "the price of the model \"unpriced\" is not known: state it in models.toml")
            ),
            (
                "blind",
                LineRefusal(.priceUnknown, "the price of the model \"unpriced\" is not known: state it in models.toml")
            ),
        ])
    func models(name: String, refusal: LineRefusal) {
        #expect(Sample.refusal(of: Sample.line(Sample.chat(#""n":1"#, model: name))) == refusal)
    }

    @Test("whatever a lenient server could take for a stream", arguments: ["true", "1", "\"true\"", "{}", "[]"])
    func stream(value: String) {
        let refusal = Sample.refusal(of: Sample.line(Sample.chat("\"stream\":\(value)")))
        #expect(refusal?.code == .streaming)
    }

    @Test("false and null ask for no stream", arguments: ["false", "null"])
    func noStream(value: String) throws {
        _ = try Sample.body(Sample.chat("\"stream\":\(value)"))
    }

    @Test("a response in the background has no answer to wait for")
    func background() {
        let body = #"{"model":"m","input":"x","background":true}"#
        #expect(Sample.refusal(of: Sample.line(body, url: "/v1/responses"))?.code == .invalidParameter)
    }

    @Test(
        "counts are whole numbers from 1 up",
        arguments: ["0", "-1", "1.5", "1e2", "\"5\"", "true", "[1]", "99999999999999999999"])
    func counts(value: String) {
        for name in ["n", "max_tokens", "max_completion_tokens"] {
            #expect(
                Sample.refusal(of: Sample.line(Sample.chat("\"\(name)\":\(value)")))
                    == LineRefusal(.invalidParameter, "\(name) is no whole number from 1 up"))
        }
    }

    @Test(
        "a bound that no server could mean",
        arguments: [
            #""max_tokens":9223372036854775807"#, #""max_tokens":9223372036854775000"#, #""n":9223372036854775807"#,
            #""n":4294967296,"max_tokens":4294967296"#, #""max_tokens":4294967297"#,
        ])
    func absurd(members: String) {
        #expect(
            Sample.refusal(of: Sample.line(Sample.chat(members)))
                == LineRefusal(.invalidParameter, "n times the completion limit is no number of tokens"))
    }

    @Test("a line is refused for one reason, however many it has, and the reader goes on with the next")
    func goesOn() throws {
        var reader = RequestReader(catalogue: Sample.catalogue)
        let good = Array(Sample.line(Sample.hello).utf8)
        let expected = try reader.read(good.span)
        for bad in ["{", "[]", Sample.line(#"{"model":"nobody"}"#), Sample.line(Sample.chat(#""n":0"#))] {
            let bytes = Array(bad.utf8)
            #expect(throws: LineRefusal.self) { _ = try reader.read(bytes.span) }
            #expect(try reader.read(good.span) == expected)
        }
    }

    @Test(
        "the custom_id of a line, refused or not, is found where there is one",
        arguments: [
            (Sample.line("{}", id: "é\\n"), "é\n"), (#"{"custom_id":5}"#, nil), ("[1]", nil), ("{", nil), ("", nil),
            (#""custom_id""#, nil),
        ] as [(String, String?)])
    func customID(line: String, id: String?) {
        var reader = RequestReader(catalogue: Sample.catalogue)
        let bytes = Array(line.utf8)
        #expect(reader.customID(of: bytes.span) == id)
    }

    @Test("each code says whether the line was bad, and whether it is worth another try")
    func codes() {
        let notBad = LineRefusal.Code.allCases.filter { !$0.isBadLine }
        #expect(notBad == [.priceUnknown, .exceedsCap, .canaryRejected, .knownDefect, .budgetExhausted, .fileRejected])
        let retried = LineRefusal.Code.allCases.filter(\.isWorthRetrying)
        #expect(retried == [.canaryRejected, .knownDefect, .budgetExhausted, .fileRejected])
    }
}
