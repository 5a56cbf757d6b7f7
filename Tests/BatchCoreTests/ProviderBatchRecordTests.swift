import BatchCore
import Testing

@Suite("The record of a batch reads back, and knows its lines by their custom_ids")
struct ProviderBatchRecordTests {
    private func record() throws -> ProviderBatchRecord {
        let rates = TokenRates(
            input: Money(picodollars: 75_000), cachedInput: Money(picodollars: 37_500), cacheWrite: nil,
            output: Money(picodollars: 300_001), reasoning: Money(picodollars: 3))
        let price = Price(
            rates: rates, tiers: [Price.Tier(aboveTokens: 200_000, rates: rates)], request: Money(picodollars: 1),
            image: Money(picodollars: 2))
        return ProviderBatchRecord(
            name: "20261124T100000Z-abcdef-7-2", endpoint: "openai", interface: .openAI, model: "m", round: 2,
            lines: [1, 2, 5], plannedAt: try #require(Timestamp("2026-11-24T10:00:00Z")), price: price)
    }

    @Test("in every phase")
    func phases() throws {
        var record = try record()
        let phases: [ProviderBatch.Phase] = [
            .planned, .uploading, .uploaded(file: "f"), .creating(file: "f"), .creating(file: nil),
            .created(batch: "b"), .abandoned,
        ]
        for phase in phases {
            record.phase = phase
            #expect(ProviderBatchRecord(record: record.record) == record)
        }
        record.createdAt = record.plannedAt
        var state = ProviderBatchState(end: nil, word: "in_progress")
        (state.total, state.completed, state.failed) = (3, 1, 1)
        #expect(record.note(state) && !record.note(state))
        #expect(ProviderBatchRecord(record: record.record) == record)
        #expect(ProviderBatchRecord(record: Array(record.record.dropLast(20))) == nil)
    }

    @Test("a custom_id is of a line of this batch, in one spelling, or of none")
    func customIDs() throws {
        let record = try record()
        #expect(record.customID(of: 5) == "20261124T100000Z-abcdef-7-2-5")
        #expect(record.line(ofCustomID: record.customID(of: 5)) == 5)
        for id in ["", "5", "x-5", "-3", "-05", "-+5", "-5 "] {
            #expect(record.line(ofCustomID: record.name + id) == nil, "\(id)")
        }
        #expect(record.line(ofCustomID: "20261124T100000Z-abcdef-7-1-5") == nil, "of another round")
    }
}
