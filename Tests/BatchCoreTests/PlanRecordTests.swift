import BatchCore
import Testing

@Suite("plan.json gives back the plan that was written, or nothing")
struct PlanRecordTests {
    private let plan = ShardPlan(
        shards: [
            ShardPlan.Shard(
                number: 1, role: .canary, kind: RequestKind(url: .chatCompletions, model: "é \"quoted\"\n"),
                lines: [1, 5],
                worstCase: Amount(usd: Money(picodollars: 1), tokens: 12)),
            ShardPlan.Shard(
                number: 2, role: .reused, kind: RequestKind(url: .embeddings, model: "m"), lines: [2],
                worstCase: .zero),
            ShardPlan.Shard(
                number: 3, role: .regular, kind: RequestKind(url: .responses, model: "m"), lines: [7, 9],
                worstCase: Amount(usd: .limit + .limit, tokens: .max)),
            ShardPlan.Shard(
                number: 4, role: .regular,
                kind: RequestKind(url: .responses, model: "m", models: ["n", "o"], isTrial: true), lines: [8],
                worstCase: .zero),
        ],
        duplicates: [6: 1, 3: 2], knownDefects: [9, 7])

    @Test("round trip, with a worst case above what a person may write")
    func roundTrip() {
        #expect(ShardPlan(record: plan.record) == plan)
        let empty = ShardPlan(shards: [], duplicates: [:], knownDefects: [])
        #expect(ShardPlan(record: empty.record) == empty)
    }

    @Test("one plan has one text")
    func deterministic() {
        let text = String(decoding: plan.record, as: UTF8.self)
        #expect(text.contains(#""duplicates":[[3,2],[6,1]],"known_defects":[7,9]}"#))
    }

    @Test("a cut one is nothing, wherever it is cut")
    func cut() {
        let record = plan.record
        for length in 0..<record.count { #expect(ShardPlan(record: Array(record[..<length])) == nil) }
    }

    @Test(
        "a member of another form is nothing, and never a plan with a line less",
        arguments: [
            (#""v":1"#, #""v":2"#), (#""lines":[1,5]"#, #""lines":[1,"5"]"#), (#""lines":[1,5]"#, #""lines":[1,5.5]"#),
            (#""known_defects":[7,9]"#, #""known_defects":[7,"9"]"#),
            (#""known_defects":[7,9]"#, #""known_defects":7"#),
            (#""duplicates":[[3,2]"#, #""duplicates":[[3]"#), (#""duplicates":[[3,2],[6,1]]"#, #""duplicates":3"#),
            (#""role":"canary""#, #""role":"bird""#), (#""worst_tokens":12"#, #""worst_tokens":"12""#),
            (#""worst_usd":"0""#, #""worst_usd":0"#), ("/v1/embeddings", "/v1/nothing"),
            (#""models":["n","o"]"#, #""models":["n",1]"#), (#""models":["n","o"]"#, #""models":"n""#),
        ])
    func changed(part: String, other: String) {
        let text = String(decoding: plan.record, as: UTF8.self)
        #expect(text.contains(part))
        let pieces = text.split(separator: part, maxSplits: 1, omittingEmptySubsequences: false)
        #expect(ShardPlan(record: Array(pieces.joined(separator: other).utf8)) == nil)
    }
}
