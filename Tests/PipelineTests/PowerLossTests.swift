import DurableFiles
import Glibc
import Pipeline
import Synchronization
import SystemPackage
import TestSupport
import Testing

@Suite("Whatever a loss of power leaves of what was not synced, the next start makes good")
struct PowerLossTests {
    private static let job = WholeJob(isSplit: true, moment: .before)

    /// What a process did, in order.
    private enum Deed: Sendable {
        case change(FileChange)
        case sent(StubBackend.Sent)
    }

    /// What was on disk when a process began, and what it did then.
    private struct Life: Sendable {
        let begin: DiskModel
        let deeds: [Deed]

        /// As far as the first deeds.
        func cut(at count: Int) -> (model: DiskModel, sent: [StubBackend.Sent]) {
            var model = begin
            var sent: [StubBackend.Sent] = []
            for deed in deeds[..<count] {
                switch deed {
                case .change(let change): model.apply(change)
                case .sent(let request): sent.append(request)
                }
            }
            return (model, sent)
        }
    }

    @Test("lost", .timeLimit(.minutes(60)))
    func lost() async throws {
        let house = try TestHouse()
        try house.drop(Self.job.lines)
        let first = try await live(house, DiskModel(reading: house.directory.path))
        let seed = getenv("BOBBIN_SEED").flatMap { UInt64(String(cString: $0)) }
        let seeds = seed.map { $0..<$0 + 1 } ?? 0..<(getenv("BOBBIN_LONG") == nil ? 8 : 5000)
        for seed in seeds {
            do { try await lose(first, seed) } catch { Issue.record("seed \(seed): \(error)") }
        }
    }

    /// A process whose deeds are noted; it runs to the end of all work.
    private func live(_ house: TestHouse, _ begin: DiskModel) async throws -> Life {
        let deeds = Mutex<[Deed]>([])
        let trace = FileTrace(under: house.directory.path) { change in deeds.withLock { $0.append(.change(change)) } }
        defer { trace.remove() }
        let backend = StubBackend { sent in
            deeds.withLock { $0.append(.sent(sent)) }
            return Self.job.script(sent)
        }
        try await house.start(backend, Self.job.policies)
        return Life(begin: begin, deeds: deeds.withLock { $0 })
    }

    /// Some processes, each of which ends somewhere: killed, or with the power; and one that ends well.
    private func lose(_ first: Life, _ seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        var life = first
        var sent: [StubBackend.Sent] = []
        var story = "seed \(seed):"
        for _ in 0..<Int.random(in: 1...2, using: &random) {
            let count = Int.random(in: 0...life.deeds.count, using: &random)
            let (model, sentSoFar) = life.cut(at: count)
            sent += sentSoFar
            let house = try TestHouse()
            // A killed process leaves the next one what is not on disk yet.
            if random.once(in: 3) {
                story += " killed at \(count) of \(life.deeds.count),"
                life = try await live(house, model.killed(into: house.directory.path))
            } else {
                story += " power lost at \(count) of \(life.deeds.count),"
                try model.lose(into: house.directory.path, using: &random)
                life = try await live(house, DiskModel(reading: house.directory.path))
            }
        }
        let count = Int.random(in: 0...life.deeds.count, using: &random)
        let (model, sentSoFar) = life.cut(at: count)
        let house = try TestHouse()
        try model.lose(into: house.directory.path, using: &random)
        story += " power lost at \(count) of \(life.deeds.count)"
        let backend = StubBackend(Self.job.script)
        try await house.start(backend, Self.job.policies)
        sent += sentSoFar + backend.sent
        for event in house.events.all where event.hasPrefix("job.stopped") { Issue.record("\(story): \(event)") }
        try Self.job.check(house, sent.filter(Self.job.isPaid).map(\.prompt), unknownMax: .max, "\(story)")
    }
}
