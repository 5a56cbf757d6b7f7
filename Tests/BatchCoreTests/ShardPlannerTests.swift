import BatchCore
import TestSupport
import Testing

@Suite("A job is cut by kind, canary first, and always in the same way")
struct ShardPlannerTests {
    private static let chat = RequestKind(url: .chatCompletions, model: "m")
    private static let embeddings = RequestKind(url: .embeddings, model: "m")
    private static let route = RequestKind(url: .chatCompletions, model: "small")

    private func line(
        _ number: Int, _ kind: RequestKind = chat, bytes: Int = 10, worst: Int = 1,
        as disposition: ShardPlanner.Disposition = .fresh
    ) -> ShardPlanner.Line {
        ShardPlanner.Line(
            number: number, kind: kind, bytes: bytes, worstCase: .units(worst), disposition: disposition)
    }

    private func plan(
        _ lines: [ShardPlanner.Line], lines perShard: Int = 100, bytes: Int = 1 << 20, cost: Cap = Cap(),
        canary: Int = 0
    ) -> [ShardPlan.Shard] {
        ShardPlanner(limits: .init(lines: perShard, bytes: bytes, cost: cost, canaryLines: canary)).plan(lines).shards
    }

    @Test("kinds stay apart, in the order in which they first stand in the file")
    func kinds() {
        let shards = plan([line(1), line(2, Self.embeddings), line(3), line(4, Self.route), line(5, Self.embeddings)])
        #expect(shards.map(\.kind) == [Self.chat, Self.embeddings, Self.route])
        #expect(shards.map(\.lines) == [[1, 3], [2, 5], [4]])
        #expect(shards.map(\.number) == [1, 2, 3])
    }

    @Test("the canary of each kind are the first requests to be sent, and comes before all else")
    func canary() {
        let shards = plan(
            [line(1, as: .reused), line(2), line(3, Self.route), line(4), line(5), line(6, Self.route)], canary: 2)
        #expect(shards.map(\.role) == [.canary, .canary, .reused, .regular])
        #expect(shards.map(\.lines) == [[2, 4], [3, 6], [1], [5]])
    }

    @Test("a request that is known to be bad is not sent, and so is in no shard")
    func canaryOfKnownDefects() {
        let defects = (1...3).map { line($0, as: .knownDefect) }
        let shards = plan(defects + [line(4), line(5, as: .knownDefect), line(6), line(7)], canary: 2)
        #expect(shards.first?.role == .canary)
        #expect(shards.first?.lines == [4, 6])
        #expect(shards.dropFirst().map(\.lines) == [[7]])
        #expect(plan(defects, canary: 2).isEmpty)
    }

    @Test("without a canary there is none")
    func noCanary() {
        #expect(plan([line(1), line(2)]).map(\.role) == [.regular])
        #expect(plan([]).isEmpty)
    }

    @Test("a shard ends at its count, its bytes and its cost")
    func limits() {
        #expect(plan((1...5).map { line($0) }, lines: 2).map(\.lines) == [[1, 2], [3, 4], [5]])
        #expect(plan((1...5).map { line($0, bytes: 10) }, bytes: 20).map(\.lines) == [[1, 2], [3, 4], [5]])
        #expect(plan((1...5).map { line($0, worst: 4) }, cost: Cap(tokens: 8)).map(\.lines) == [[1, 2], [3, 4], [5]])
        let inMoney = Cap(usd: Amount.units(8).usd)
        #expect(plan((1...5).map { line($0, worst: 4) }, cost: inMoney).map(\.lines) == [[1, 2], [3, 4], [5]])
    }

    @Test("a line above a limit has a shard of its own")
    func giant() {
        let lines = [line(1), line(2, bytes: 1000, worst: 50), line(3)]
        #expect(plan(lines, bytes: 100, cost: Cap(tokens: 9)).map(\.lines) == [[1], [2], [3]])
    }

    @Test("what is not sent sets nothing aside")
    func worstCase() {
        let lines = [
            line(1, worst: 4), line(2, worst: 8, as: .knownDefect), line(3, worst: 16, as: .reused), line(4, worst: 4),
        ]
        let shards = plan(lines, cost: Cap(tokens: 8))
        #expect(shards.map(\.worstCase) == [.zero, .units(8)])
        #expect(shards.map(\.lines) == [[3], [1, 4]])
    }

    @Test("every line but a known defect is in exactly one shard, ascending, and two plans are equal")
    func random() {
        for seed in UInt64(0)..<300 {
            var random = SeededGenerator(seed: seed)
            let kinds = [Self.chat, Self.embeddings, Self.route]
            let lines = (1...Int.random(in: 1...60, using: &random)).map { number in
                line(
                    number, kinds.randomElement(using: &random) ?? Self.chat,
                    bytes: Int.random(in: 1...50, using: &random), worst: Int.random(in: 0...9, using: &random),
                    as: [.fresh, .fresh, .reused, .knownDefect].randomElement(using: &random) ?? .fresh)
            }
            let limits = ShardPlanner.Limits(
                lines: Int.random(in: 1...20, using: &random), bytes: 200, cost: Cap(tokens: 30),
                canaryLines: Int.random(in: 0...5, using: &random))
            let planner = ShardPlanner(limits: limits)
            let plan = planner.plan(lines)
            let another = ShardPlanner(limits: limits)
            #expect(plan == another.plan(lines))
            let sentOrReused = lines.filter { $0.disposition != .knownDefect }.map(\.number)
            #expect(plan.shards.flatMap(\.lines).sorted() == sentOrReused, "seed \(seed)")
            #expect(plan.shards.map(\.number) == (0..<plan.shards.count).map { $0 + 1 }, "seed \(seed)")
            check(plan, lines, limits, seed)
        }
    }

    private func check(
        _ plan: ShardPlan, _ lines: [ShardPlanner.Line], _ limits: ShardPlanner.Limits, _ seed: UInt64
    ) {
        let byNumber = Dictionary(uniqueKeysWithValues: lines.map { ($0.number, $0) })
        for shard in plan.shards {
            let members = shard.lines.compactMap { byNumber[$0] }
            #expect(Array(shard.lines) == shard.lines.sorted() && !shard.lines.isEmpty, "seed \(seed)")
            #expect(members.allSatisfy { $0.kind == shard.kind }, "seed \(seed)")
            #expect((shard.role == .reused) == members.contains { $0.disposition == .reused }, "seed \(seed)")
            #expect(shard.role != .canary || members.allSatisfy { $0.disposition == .fresh }, "seed \(seed)")
            let worst = members.filter { $0.disposition == .fresh }.reduce(Amount.zero) { $0 + $1.worstCase }
            #expect(shard.worstCase == worst, "seed \(seed)")
            let isWithin =
                members.count <= limits.lines && members.reduce(0) { $0 + $1.bytes } <= limits.bytes
                && worst.tokens <= 30
            #expect(shard.role != .regular || isWithin || members.count == 1, "seed \(seed)")
        }
        #expect(plan.worstCase == plan.shards.reduce(.zero) { $0 + $1.worstCase })
        #expect(plan.knownDefects == LineSet(lines.filter { $0.disposition == .knownDefect }.map(\.number)))
    }
}

extension ShardPlanner {
    fileprivate func plan(_ lines: [Line]) -> ShardPlan {
        var planner = self
        for line in lines { planner.add(line) }
        return planner.finish()
    }
}
