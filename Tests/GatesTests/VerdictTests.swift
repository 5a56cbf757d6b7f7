import BatchCore
import Gates
import Testing

@Suite("A shard is rejected for its share of defective answers, and a canary also for its failures")
struct VerdictTests {
    private func verdict(
        good: Int, defects: Int, failed: Int = 0, rejectable: Double = 0.10, role: ShardPlan.Role = .regular
    ) throws -> ShardVerdict {
        var policy = GatePolicy()
        policy.rejectable = rejectable
        var tally = ShardTally()
        for _ in 0..<good { tally.add(defect: nil) }
        for _ in 0..<defects { tally.add(defect: Defect(check: "json", reason: "it is none")) }
        for _ in 0..<failed { tally.addFailure() }
        return try Gate(policy).verdict(on: tally, role: role)
    }

    @Test("the share itself is rejected, one defect less is not", arguments: [1, 10, 20])
    func share(tenths: Int) throws {
        #expect(try !verdict(good: tenths * 9, defects: tenths).isAccepted)
        #expect(try verdict(good: tenths * 9 + 1, defects: tenths).isAccepted)
        #expect(try verdict(good: tenths * 9 + 1, defects: tenths - 1).isAccepted)
    }

    @Test("every share of a hundred is taken at its word")
    func hundredths() throws {
        for defects in 1...99 {
            let share = Double("0.\(defects < 10 ? "0" : "")\(defects)") ?? 0
            #expect(try !verdict(good: 100 - defects, defects: defects, rejectable: share).isAccepted, "\(share)")
            #expect(try verdict(good: 101 - defects, defects: defects - 1, rejectable: share).isAccepted, "\(share)")
        }
    }

    @Test("failures are no answers: they neither count as defects nor thin them out")
    func failures() throws {
        #expect(try verdict(good: 1, defects: 0, failed: 99).isAccepted)
        #expect(try !verdict(good: 8, defects: 1, failed: 90).isAccepted)
    }

    @Test("no answer at all is rejected, whatever the share")
    func nothing() throws {
        #expect(
            try verdict(good: 0, defects: 0, failed: 3, rejectable: 1).reasons == [
                "none of its 3 requests has an answer"
            ])
        #expect(try !verdict(good: 0, defects: 0).isAccepted)
    }

    @Test("a share of zero rejects the first defect and accepts a shard without")
    func strict() throws {
        #expect(try verdict(good: 100, defects: 0, rejectable: 0).isAccepted)
        #expect(try !verdict(good: 100, defects: 1, rejectable: 0).isAccepted)
    }

    @Test("half of a canary failed: rejected; of another shard: not")
    func canary() throws {
        #expect(try !verdict(good: 5, defects: 0, failed: 5, role: .canary).isAccepted)
        #expect(try verdict(good: 6, defects: 0, failed: 5, role: .canary).isAccepted)
        #expect(try verdict(good: 5, defects: 0, failed: 5).isAccepted)
    }

    @Test("it says which checks failed, the most frequent first")
    func reasons() throws {
        var tally = ShardTally()
        for check in ["json", "non_empty", "json"] { tally.add(defect: Defect(check: check, reason: "")) }
        let verdict = try Gate(GatePolicy()).verdict(on: tally, role: .regular)
        #expect(verdict.reasons == ["3 of 3 answers are defective (json 2, non_empty 1)"])
        #expect(verdict.checked == 3 && verdict.defects == 3)
    }
}
