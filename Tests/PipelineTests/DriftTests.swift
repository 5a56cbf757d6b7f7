import BatchCore
import DurableFiles
import Ledgers
import Pipeline
import Spooling
import Testing

@Suite("What the gate finds is charted once, for the model whose answer it was", .timeLimit(.minutes(6)))
struct DriftTests {
    private let house: TestHouse

    init() throws {
        house = try TestHouse()
    }

    /// `MODEL PROMPT: DEFECTS of CHECKED`, as the report has them; what is charted is the same.
    private func charted(_ place: String) throws -> [String] {
        let counts = (try house.only(place).report["prompts"]?.array ?? []).compactMap { PromptCount($0) }
        var records: [DriftRecord] = []
        try DriftBook.read(house.spool.drift) { records.append($0) }
        #expect(records.map(\.counts) == [counts])
        return counts.map { "\($0.model) \($0.prompt): \($0.defects) of \($0.checked)" }
    }

    @Test("the defects of a model whose answers another one mends are its own, and none of the other's")
    func mended() async throws {
        try house.drop((1...4).map { line("bad\($0)", model: "r") })
        try await house.start(StubBackend(EscalationTests.cascade), EscalationTests.policies())
        #expect(try charted("done") == ["m -: 4 of 4", "n -: 0 of 4"])
    }

    @Test("an answer of either that stays defective counts against both; no second answer, against the first alone")
    func inVain() async throws {
        try house.drop(["p1", "worse2", "bad3", "worse4"].map { line($0, model: "r") })
        let backend = StubBackend { sent in
            sent.prompt == "worse4" && sent.model == "n" ? .status(400) : EscalationTests.cascade(sent)
        }
        try await house.start(backend, EscalationTests.policies())
        #expect(try charted("rejected") == ["m -: 3 of 4", "n -: 1 of 2"])
    }

    @Test("the 16 most frequent prompts of a job are told apart, the others of each model are one")
    func others() async throws {
        // The n-th prompt is asked n times; the answers to the 3rd and to the 20th are defective.
        let lines = (1...20).flatMap { prompt in
            (1...prompt).map { prompted("\(prompt)/\($0)", system: prompt, model: prompt == 2 ? "n" : "m") }
        }
        try house.drop(lines)
        try await house.start(
            StubBackend { ["3", "20"].contains($0.prompt.prefix { $0 != "/" }) ? .text("no") : .good($0) },
            .test { $0.lane.shardLines = 1000 })
        let found = try charted("rejected")
        #expect(found.count == 18 && found.first?.hasSuffix(": 20 of 20") == true)
        #expect(Array(found.suffix(3)) == [found[15], "m *: 3 of 8", "n *: 0 of 2"])
        #expect(found[15].hasSuffix(": 0 of 5"))
    }

    private func prompted(_ prompt: String, system: Int, model: String) -> String {
        let messages = #"[{"role":"system","content":"\#(system)"},{"role":"user","content":"\#(prompt)"}]"#
        return #"{"custom_id":"\#(prompt)","method":"POST","url":"/v1/chat/completions","#
            + #""body":{"model":"\#(model)","messages":\#(messages)}}"#
    }
}
