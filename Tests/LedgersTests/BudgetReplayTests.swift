import BatchCore
import Glibc
import Ledgers
import SystemPackage
import Testing

@Suite("The figures in memory are the figures that the records give, after a crash at any record")
struct BudgetReplayTests {
    @Test("random histories, with crashes, midnights, raises and parts that were not in line yet")
    func histories() throws {
        try run(seeds: getenv("BOBBIN_LONG") == nil ? 600 : 100_000, isHonest: true)
    }

    @Test("also with a server that charges above every bound")
    func overcharged() throws {
        try run(seeds: 100, isHonest: false)
    }

    private func run(seeds: UInt64, isHonest: Bool) throws {
        for seed in 0..<seeds {
            var run = BookRun(seed: seed, isHonest: isHonest)
            for step in 0..<20 {
                let complaint = try run.step()
                try #require(complaint == nil, "seed \(seed), step \(step)")
            }
            let difference = try run.difference()
            try #require(difference == nil, "seed \(seed)")
            let unsettled = try run.end()
            try #require(unsettled == nil, "seed \(seed)")
        }
    }

    private let file = BudgetFile(LedgerDirectory.day, in: "/nowhere")
    private let at = Timestamp(seconds: 0)

    private var opening: BudgetRecord {
        .open(at: at, day: LedgerDirectory.day, timeZone: "UTC", cap: Cap(tokens: 100))
    }

    /// Why the records cannot follow each other; nil if they can.
    private func complaint(_ records: [BudgetRecord]) -> LedgerError? {
        var history = BudgetHistory(policy: BudgetPolicy())
        do throws(LedgerError) { try history.replay(records, of: file) } catch { return error }
        return nil
    }

    @Test("a record that cannot follow those before it is damage, with its line")
    func impossible() {
        let reserve = BudgetRecord.reserve(at: at, request(1), .units(60))
        let end = BudgetRecord.settle(at: at, request(1).id, Settlement(spent: .units(60)))
        let other = BudgetRecord.open(at: at, day: LedgerDirectory.nextDay, timeZone: "UTC", cap: Cap())
        let raise = BudgetRecord.raise(at: at, cap: Cap(tokens: 500), by: "uid 0")
        let again = BudgetRecord.reserve(at: at, request(1, round: 2), .units(60))
        #expect(complaint([opening, reserve, end, again]) != nil, "60 + 60 is above 100")
        #expect(complaint([opening, reserve, end, raise, again]) == nil)
        for (records, line) in [
            ([reserve], 1), ([end], 1), ([raise], 1), ([other], 1), ([opening, opening], 2), ([opening, end], 2),
            ([opening, reserve, reserve], 3), ([opening, reserve, end, end], 4), ([opening, reserve, end, reserve], 4),
        ] {
            guard case .damaged(_, let found, _) = complaint(records) else {
                Issue.record("\(records) were taken")
                continue
            }
            #expect(found == line)
        }
    }
}
