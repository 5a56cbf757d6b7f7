import BatchCore
import Testing

@testable import Gates

@Suite("Each line of reprocess.jsonl says what to change about it")
struct SuggestionTests {
    private func failed(_ status: Int?, field: String? = nil) -> String {
        ReprocessCause.failed(.init(code: "c", message: "m", status: status, field: field)).suggestion
    }

    @Test("a defect by its check; a choice that was cut before all else")
    func defects() {
        let json = Defect(check: "json", reason: "its text is no JSON")
        #expect(ReprocessCause.defective(json, wasCut: false).suggestion.contains("response_format"))
        #expect(ReprocessCause.defective(json, wasCut: true).suggestion.hasPrefix("raise max_tokens"))
        let new = Defect(check: "one of tomorrow", reason: "")
        #expect(ReprocessCause.defective(new, wasCut: false).suggestion == "change the prompt, or name another model")
    }

    @Test("every check has a suggestion of its own, and no other name has")
    func checks() throws {
        var policy = CheckPolicy()
        (policy.json, policy.minLength, policy.maxLength, policy.maxRepeats, policy.echo) = (true, 1, 2, 8, 0.5)
        policy.jsonSchema = SchemaFile(path: "", schema: try JSONSchema(Array("{}".utf8).span, strictly: true))
        (policy.mustMatch, policy.mustNotMatch, policy.labels, policy.scripts) = (["a"], ["b"], ["c"], ["Latin"])
        policy.ranges = [NumberRange(at: try #require(JSONPointer("/a")), least: 0, greatest: 1)]
        let names = try policy.list(SchemaCache()).map(\.name) + ["form", "judge", "review"]
        #expect(ReprocessCause.byCheck.keys.sorted() == names.sorted())
    }

    @Test("a failure by its status, with the member that the endpoint names")
    func failures() {
        #expect(failed(400, field: "tools[0].name") == "change body.tools[0].name")
        #expect(failed(422) == "change the body as the message says")
        #expect(failed(404) == "name a model that the endpoint has" && failed(413) == "shorten the prompt")
        #expect(failed(401) == failed(403) && failed(401).contains("api_key"))
        #expect(failed(nil) == failed(503) && failed(500) == "hand it in again when the endpoint is well")
    }

    @Test("a refusal that another try may mend by its code", arguments: LineRefusal.Code.allCases)
    func refusals(code: LineRefusal.Code) {
        let cause = ReprocessCause.refused(LineRefusal(code, "why"))
        #expect(!cause.suggestion.isEmpty && cause.code == code.rawValue && cause.reason == "why")
        let isMended = cause.suggestion != "mend the line as the reason says"
        #expect(isMended || !code.isWorthRetrying)
    }
}
