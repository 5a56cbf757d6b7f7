import BatchCore
import Testing

@Suite("What is decided about an escalation reads as it was written, and nothing else does")
struct EscalationRecordTests {
    private let escalation = Escalation(lines: [
        .init(line: 3, model: "m", check: "json", reason: "no \"JSON\""),
        .init(line: 9, model: "ü", check: "form", reason: ""),
    ])

    @Test("round trip, and by line")
    func roundTrip() {
        #expect(Escalation(record: escalation.record) == escalation)
        #expect(escalation[9]?.model == "ü" && escalation[4] == nil && escalation[10] == nil)
    }

    @Test(
        "refused",
        arguments: [
            "", "{}", #"{"v":2,"lines":[]}"#, #"{"v":1,"lines":[{"line":1}]}"#,
            #"{"v":1,"lines":[{"line":2,"model":"m","check":"c","reason":""},{"line":2,"model":"m","check":"c","reason":""}]}"#,
        ])
    func refused(text: String) {
        #expect(Escalation(record: Array(text.utf8)) == nil)
    }

    @Test("the numbers of what is escalated follow those of the plan, and no two are the same")
    func numbers() {
        let kind = RequestKind(url: .chatCompletions, model: "m")
        let shards = (1...3).map {
            ShardPlan.Shard(number: $0, role: .regular, kind: kind, lines: [$0], worstCase: .zero)
        }
        let plan = ShardPlan(shards: shards, duplicates: [:], knownDefects: [])
        #expect(shards.map { plan.escalationNumber(of: $0) } == [4, 5, 6])
    }
}
