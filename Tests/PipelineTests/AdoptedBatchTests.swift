import BatchCore
import DurableFiles
import Glibc
import Ledgers
import Pipeline
import Spooling
import Testing

@Suite("Books that are adopted while a batch is out leave it out: it is waited for, and paid once")
struct AdoptedBatchTests {
    private let prompts = ["p1", "p2", "p3", "p4", "p5"]
    private var policies: Policies { BatchCase.policies { $0.lane.shardLines = 3 } }

    /// What somebody does to the budget file meanwhile.
    enum Change: CaseIterable {
        case removed, cut, longer, none
    }

    private func change(_ house: TestHouse, _ change: Change) async throws {
        let file = Ledgers.BudgetFile(day(house), in: house.spool.budget).path
        let lines = String(decoding: try DurableFile.read(file) ?? [], as: UTF8.self).split(separator: "\n")
        try DurableFile.remove(file)
        var left: [Substring] = []
        switch change {
        case .removed: break
        case .cut: left = Array(lines.prefix(1))
        case .longer: left = lines + lines.suffix(1)
        case .none: left = lines
        }
        let text = left.map { $0 + "\n" }.joined()
        if change != .removed { try DurableFile.publish(Array(text.utf8), to: file, durable: false) }
        // As a daemon at work notes it.
        let days = try OpenedDays(house.spool.openedDays)
        try await days.note(.doubtful("it was changed"), of: day(house))
        try await days.close()
    }

    private func adopt(_ house: TestHouse) async throws -> Amount? {
        try await house.spool.adoptBudget(of: day(house), policies, at: house.clock.now)
    }

    private func day(_ house: TestHouse) -> CivilDate { TimeZoneRules.utc.day(at: house.clock.now) }

    /// - Returns: whether it was killed.
    private func isKilled(
        _ house: TestHouse, _ provider: StubProvider, at step: Int, _ moment: Crash.Moment
    ) async throws -> Bool {
        try house.drop(prompts.map { line($0) })
        let crash = Crash(under: house.directory.path, at: step, moment) { operation, _ in
            KillMatrix.isStep(operation)
        }
        do { try await house.start(provider.connection { crash.isDead.isRaised }, policies) } catch {
            guard crash.isDead.isRaised else { throw error }
        }
        crash.end()
        return crash.isDead.isRaised
    }

    private func check(_ house: TestHouse, _ provider: StubProvider, _ context: Comment) throws {
        let done = try house.only("done")
        #expect(try done.ids("output.jsonl").sorted() == prompts, context)
        #expect(Set(provider.names).count == provider.names.count, context)
        #expect(provider.names.count == 2 && provider.now.run.sorted() == prompts, context)
        let book = try house.book()
        #expect(book.open.isEmpty && book.unknown.isZero, context)
        #expect(book.spent.usd == Money(picodollars: Int128(5 * BatchCase.cost)), context)
        #expect(try BookCheck(house.spool, policies).differences == [], context)
    }

    @Test("what is set aside for it stays so", arguments: Change.allCases)
    func stopped(_ what: Change) async throws {
        let house = try TestHouse()
        try house.drop(prompts.map { line($0) })
        let (stop, isOver) = (Flag(), Flag())
        let provider = StubProvider(
            faults: { verb, _ in
                if verb == .look { stop.raise() }
                return .none
            },
            end: { batch, lines in
                // On a busy machine it is looked at again before the stop is seen.
                if isOver.isRaised { StubProvider.complete(&batch, lines) } else { batch.looks = 1 }
            })
        try await house.start(provider.connection(), policies) { $0.isStopping = { stop.isRaised } }
        let before = try house.book()
        #expect(!before.reserved.isZero)
        try await change(house, what)
        #expect(try await adopt(house) != nil)
        let after = try house.book()
        #expect(
            after.reserved == before.reserved && after.spent == before.spent && after.unknown.isZero,
            "\(before.reserved) and \(before.spent) before, \(after.reserved) and \(after.spent) after")
        isOver.raise()
        try await house.start(provider.connection(), policies)
        try check(house, provider, "\(what)")
    }

    /// At every third step, the last ones before the job is published among them, unless there is time for all.
    @Test("at whatever step the process ended before", .timeLimit(.minutes(20)), arguments: Crash.Moment.allCases)
    func killed(_ moment: Crash.Moment) async throws {
        let isLong = getenv("BOBBIN_LONG") != nil
        for step in stride(from: isLong || moment == .after ? 0 : 1, to: 1000, by: isLong ? 1 : 3) {
            let (house, provider) = (try TestHouse(), StubProvider())
            let isKilled = try await isKilled(house, provider, at: step, moment)
            if try !DurableFile.list(house.spool.budget).isEmpty {
                try await change(house, .removed)
                _ = try await adopt(house)
            }
            try await house.start(provider.connection(), policies)
            try check(house, provider, "step \(step), \(moment)")
            if !isKilled { break }
        }
    }
}
