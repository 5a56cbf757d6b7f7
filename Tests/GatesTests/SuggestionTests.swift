import BatchCore
import Gates
import Testing

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
