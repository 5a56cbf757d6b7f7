import BatchCore
import Testing

@Suite("A trace is read line by line, and what is wrong with one is said with its line, the reason and what to do")
struct TraceTests {
    private func objection(_ text: String) -> TraceError? {
        do throws(TraceError) {
            _ = try TracedArrival.trace(parsing: Array(text.utf8))
            return nil
        } catch {
            return error
        }
    }

    @Test("a line with everything, and one with the least")
    func good() throws {
        let text = """
            {"at":"2026-11-24T09:00:00Z","lane":"nightly","lines":5000,"input_tokens":800,"output_tokens":200,\
            "seconds":1.5,"name":"a.jsonl","model":"m","spread":0.5,"bad":0.02,"max_tokens":300}

            {"at":"2026-11-24T08:00:00Z","lines":1,"seconds":2}

            """
        let trace = try TracedArrival.trace(parsing: Array(text.utf8))
        var first = TracedArrival(
            at: Timestamp("2026-11-24T09:00:00Z") ?? Timestamp(seconds: 0), lane: "nightly", name: "a.jsonl",
            model: "m",
            lines: 5000, inputTokens: 800, outputTokens: 200, maxTokens: 300, seconds: 1.5, spread: 0.5, bad: 0.02)
        first.line = 1
        #expect(trace.count == 2 && trace[0] == first)
        #expect(trace[1].lane == Lane.defaultName && trace[1].name == "line 3")
    }

    @Test(
        "what is wrong",
        arguments: [
            ("{", 1, "no JSON text"), ("\n[1]", 2, "no JSON object"), ("", 1, "empty"),
            (#"{"at":"today","lines":1,"seconds":1}"#, 1, "`at`"),
            (#"{"at":"2026-11-24T09:00:00Z","seconds":1}"#, 1, "`lines` is missing"),
            (#"{"at":"2026-11-24T09:00:00Z","lines":0,"seconds":1}"#, 1, "`lines`"),
            (#"{"at":"2026-11-24T09:00:00Z","lines":1,"seconds":0}"#, 1, "`seconds`"),
            (#"{"at":"2026-11-24T09:00:00Z","lines":1,"seconds":1,"spread":2}"#, 1, "`spread`"),
            (#"{"at":"2026-11-24T09:00:00Z","lines":1,"seconds":1,"line":2}"#, 1, "`line` is not known"),
        ])
    func wrong(text: String, line: Int, reason: String) {
        let error = objection(text)
        #expect(error?.line == line && error?.reason.contains(reason) == true, "\(error.map(\.description) ?? "none")")
    }
}
