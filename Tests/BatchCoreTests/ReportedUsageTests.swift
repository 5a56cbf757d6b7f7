import BatchCore
import Testing

@Suite("A usage is read as the server states it, but for what cannot be true")
struct ReportedUsageTests {
    private func reported(_ text: String) -> ReportedUsage? {
        let bytes = Array("{\"choices\":[],\"usage\":\(text)}".utf8)
        return ParsedAnswer(body: bytes.span, url: .chatCompletions)?.reported
    }

    @Test(
        "missing, all zero or of another form is none",
        arguments: [
            "null", "{}", "5", "[]", #"{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}"#,
            #"{"prompt_tokens":null}"#, #"{"total_tokens":9}"#,
        ])
    func none(text: String) {
        #expect(reported(text) == nil)
    }

    @Test(
        "parts are at most their whole where the whole is booked by itself",
        arguments: [
            (#"{"prompt_tokens":5,"prompt_tokens_details":{"cached_tokens":9}}"#, Usage(input: 5, cached: 5)),
            (#"{"prompt_tokens":5,"prompt_tokens_details":null}"#, Usage(input: 5)),
            (
                #"{"prompt_tokens":5,"prompt_tokens_details":{"cached_tokens":2,"cache_write_tokens":9}}"#,
                Usage(input: 5, cached: 2, cacheWrite: 3)
            ),
            (#"{"prompt_tokens":null,"input_tokens":5,"output_tokens":2}"#, Usage(input: 5, output: 2)),
            (#"{"prompt_tokens":5.0,"completion_tokens":2.5}"#, Usage(input: 5, output: 3)),
        ])
    func cleaned(text: String, expected: Usage) {
        #expect(reported(text)?.usage == expected)
        #expect(reported(text)?.isAbsurd == false)
    }

    @Test(
        "reasoning tokens that are counted beside the completion are added to it",
        arguments: [
            (#"{"prompt_tokens":5,"completion_tokens":3,"total_tokens":8}"#, 0, 3),
            (#"{"prompt_tokens":5,"completion_tokens":3,"total_tokens":15}"#, 7, 10),
            (#"{"prompt_tokens":5,"completion_tokens":3,"completion_tokens_details":{"reasoning_tokens":4}}"#, 4, 7),
            (#"{"prompt_tokens":5,"completion_tokens":3,"completion_tokens_details":{"reasoning_tokens":3}}"#, 3, 3),
            (
                #"{"prompt_tokens":5,"completion_tokens":3,"total_tokens":12,"completion_tokens_details":{"reasoning_tokens":4}}"#,
                4, 7
            ),
            (#"{"prompt_tokens":5,"completion_tokens":3,"total_tokens":1}"#, 0, 3),
        ])
    func beside(text: String, reasoning: Int, output: Int) {
        #expect(reported(text)?.usage == Usage(input: 5, output: output, reasoning: reasoning))
    }

    @Test(
        "what no request can take is noted, and not taken for a count",
        arguments: [
            (#"{"prompt_tokens":-5,"completion_tokens":1}"#, nil, 1),
            (#"{"prompt_tokens":5,"completion_tokens":-1}"#, 5, nil),
            (#"{"prompt_tokens":"5","completion_tokens":1}"#, nil, 1),
            (#"{"prompt_tokens":9223372036854775807,"completion_tokens":1}"#, nil, 1),
            (#"{"prompt_tokens":5,"completion_tokens":4294967297}"#, 5, nil),
            (#"{"prompt_tokens":5,"completion_tokens":99999999999999999999999}"#, 5, nil),
            (#"{"prompt_tokens":5,"completion_tokens":1e30}"#, 5, nil),
            (#"{"prompt_tokens":-5,"completion_tokens":-1}"#, nil, nil),
        ] as [(String, Int?, Int?)])
    func absurd(text: String, input: Int?, output: Int?) throws {
        let reported = try #require(self.reported(text))
        #expect(reported.isAbsurd && reported.input == input && reported.output == output)
    }

    @Test("the largest count that is believed can be booked and read back")
    func largest() throws {
        let most = try #require(reported(#"{"prompt_tokens":4294967296,"completion_tokens":4294967296}"#))
        let dearest = Money(picodollars: 1_000_000_000_000_000)
        let price = Price(
            rates: TokenRates(input: dearest, output: dearest), request: .limit, image: .limit)
        let cost = price.cost(of: most.usage, images: 1 << 26)
        #expect(Money(recorded: cost.decimal) == cost)
    }
}
