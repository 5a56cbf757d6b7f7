import BatchCore
import Testing

@Suite("Nothing in a body makes it dearer than its worst case says")
struct BilledBesideTests {
    private let limit = #""max_tokens":10"#

    @Test(
        "n_predict, which llama.cpp obeys before max_tokens, raises the bound and never lowers it",
        arguments: [
            (#""max_tokens":10,"n_predict":500"#, 500), (#""max_tokens":10,"n_predict":5"#, 10), (#""n_predict":5"#, 1024),
            (#""n_predict":5000"#, 5000), (#""max_tokens":10,"n_predict":null"#, 10), (#""n_predict":500,"n":2"#, 2048),
        ])
    func ownLimit(members: String, tokens: Int) throws {
        let body = Sample.chat(members)
        #expect(try Sample.body(body).worstCase.tokens == body.utf8.count + 16 + 64 + tokens)
    }

    @Test("an n_predict without end is refused", arguments: ["-1", "0", "1.5", "\"8\""])
    func endless(value: String) {
        let refusal = Sample.refusal(of: Sample.line(Sample.chat("\(limit),\"n_predict\":\(value)")))
        #expect(refusal?.code == .invalidParameter)
    }

    @Test("a tier that is billed at another price is refused", arguments: [#""priority""#, #""scale""#, "1", "[]"])
    func tier(value: String) {
        let refusal = Sample.refusal(of: Sample.line(Sample.chat("\(limit),\"service_tier\":\(value)")))
        #expect(refusal?.code == .unboundedContent)
    }

    @Test("a tier at the model's price or below it is not", arguments: [#""auto""#, #""default""#, #""flex""#, "null"])
    func usualTier(value: String) {
        #expect(Sample.refusal(of: Sample.line(Sample.chat("\(limit),\"service_tier\":\(value)"))) == nil)
    }
}
