import BatchCore
import Testing

@Suite("The four figures add up, and what is made of their sums is rounded against us")
struct FiguresTests {
    private var figures: Figures {
        var figures = Figures()
        figures.lines = 10
        figures.answered = 5
        figures.unsentLines = 2
        figures.failed = 1
        figures.refused = 2
        figures.resentLines = 4
        figures.reprocessedLines = 3
        figures.reprocessedShards = 1
        figures.acceptedAnswers = 6
        figures.budgetExceeded = 1
        figures.spent = Money(picodollars: 90)
        figures.unknown = Amount(usd: Money(picodollars: 10), tokens: 7)
        figures.usage = Usage(input: 40, cached: 20, output: 13, reasoning: 3)
        figures.without.deduplication = Amount(usd: Money(picodollars: 30), tokens: 11)
        figures.without.canary = Amount(usd: Money(picodollars: 5), tokens: 2)
        figures.without.canaryLines = 1
        figures.without.caps = Amount(usd: Money(picodollars: 7), tokens: 3)
        figures.without.capsLines = 1
        figures.without.resentLines = 10
        figures.without.reprocessedLines = 10
        return figures
    }

    @Test("rates and unit costs are of spent and unknown together")
    func derived() {
        #expect(figures.cost == Money(picodollars: 100) && figures.tokens == 60)
        #expect(figures.failureReprocessingRate == 0.4 && figures.duplicateReductionRate == 0.2)
        #expect(figures.unitCost == Money(picodollars: 17))  // 100 / 6, rounded up
        #expect(figures.unitTokens == 10 && figures.tokensPerLine == 6)
        #expect(figures.costPerLine == Money(picodollars: 10))
        #expect(figures.costPerThousandTokens == Money(picodollars: 1667))  // 100,000 / 60, rounded up
    }

    @Test("without Bobbin the same input costs more by duplicates, canary and caps; an answer is not dearer by caps")
    func without() {
        #expect(figures.costWithout == Money(picodollars: 142))
        #expect(figures.unitCostWithout == Money(picodollars: 23))  // (100 + 30 + 5) / 6, rounded up
        #expect(figures.unitTokensWithout == Double(73) / 6)
        #expect(figures.failureReprocessingRateWithout == 1)
    }

    @Test("nothing is divided by nothing")
    func nothing() {
        var vain = Figures()
        #expect(vain.unitCost == .zero && vain.unitTokens == 0 && vain.costPerThousandTokens == .zero)
        #expect(vain.failureReprocessingRate == 0 && vain.costPerLine == .zero && vain.unitCostWithout == .zero)
        vain.spent = Money(picodollars: 3)
        #expect(vain.unitCost == Money(picodollars: 3))
    }

    @Test("the sum is of every member")
    func sum() {
        let sum = figures + figures
        for (single, double) in zip(figures.members + figures.membersWithout, sum.members + sum.membersWithout) {
            switch (single.value, double.value) {
            case (.count(let one), .count(let both)): #expect(both == 2 * one, "\(single.name)")
            case (.usd(let one), .usd(let both)) where !single.name.contains("unit") && !single.name.contains("per_"):
                #expect(both == one + one, "\(single.name)")
            default: break
            }
        }
        #expect(figures + Figures() == figures)
    }

    @Test("what is written is read back")
    func record() throws {
        var writer = JSONWriter()
        writer.object(figures.write)
        #expect(Figures(try JSONValue(parsing: writer.bytes)) == figures)
    }

    @Test("the figures of an earlier version: what they do not have counts as nothing")
    func earlier() throws {
        let text = #"""
            {"lines":3,"resent_lines":1,"failure_reprocessing_rate":0.33,"unsent_lines":1,
            "duplicate_reduction_rate":0.33,"saved_usd":"0.5","reprocessing_lines":0,"reprocessing_shards":0,
            "accepted_answers":3,"spent_usd":"1.5",
            "tokens":30,"unit_cost_usd":"0.5","unit_tokens":10}
            """#
        let read = try #require(Figures(try JSONValue(parsing: text)))
        #expect(read.lines == 3 && read.resentLines == 1 && read.tokens == 30 && read.unitCost == Money(decimal: "0.5"))
        #expect(read.without.deduplication.usd == Money(decimal: "0.5") && read.costWithout == Money(decimal: "2"))
        #expect(Figures(try JSONValue(parsing: "{}")) == nil)
    }

    @Test("an estimate is the average of what was sent, rounded up; without one the worst case")
    func estimate() {
        let worst = Amount(usd: Money(picodollars: 1000), tokens: 500)
        let sent = Amount(usd: Money(picodollars: 10), tokens: 20)
        #expect(
            WithoutBobbin.estimate(of: 5, sent: sent, among: 3, worstCase: worst)
                == Amount(usd: Money(picodollars: 17), tokens: 34))
        #expect(WithoutBobbin.estimate(of: 5, sent: .zero, among: 3, worstCase: worst) == .zero)
        #expect(WithoutBobbin.estimate(of: 5, sent: .zero, among: 0, worstCase: worst) == worst)
        let claimed = Amount(usd: .zero, tokens: 1 << 52)
        #expect(WithoutBobbin.estimate(of: 1 << 20, sent: claimed, among: 1 << 20, worstCase: worst).tokens == 1 << 52)
    }

    @Test("groups add up to the whole, and count the jobs that have a part in them")
    func groups() {
        var groups = FigureGroups()
        groups.add(figures, to: "b")
        groups.add(figures, to: "a")
        groups.add(figures, to: "b")
        #expect(groups.sorted.map(\.name) == ["a", "b"] && groups.sorted.map(\.jobs) == [1, 2])
        #expect(groups["b"].figures == figures + figures && groups["c"].jobs == 0)
        #expect(groups.total == figures + figures + figures)
    }
}
