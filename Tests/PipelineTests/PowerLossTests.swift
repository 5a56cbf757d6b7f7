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
    private enum Deed: Sendable, CustomStringConvertible {
        case change(FileChange)
        case sent(StubBackend.Sent)

        /// Without what is another one in each run: inodes, and names of directories.
        var description: String {
            switch self {
            case .sent(let request): "sent \(request.prompt)"
            case .change(.opened(let path, _)): "opened \(path.lastComponent?.extension ?? "")"
            case .change(.wrote(_, let bytes)): "wrote \(bytes.count)"
            case .change(.truncated(_, let sizeBytes)): "truncated to \(sizeBytes)"
            case .change(.syncing): "syncing"
            case .change(.synced): "synced"
            case .change(.renamed(let from, let to)):
                "renamed \(from.lastComponent?.extension ?? "") to \(to.lastComponent?.string ?? "")"
            case .change(.linked): "linked"
            case .change(.unlinked): "unlinked"
            case .change(.madeDirectory): "made a directory"
            case .change(.removedDirectory): "removed a directory"
            }
        }
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
        let first = try await firstLife(seed: 0)
        let seed = getenv("BOBBIN_SEED").flatMap { UInt64(String(cString: $0)) }
        let seeds = seed.map { $0..<$0 + 1 } ?? 0..<(getenv("BOBBIN_LONG") == nil ? 8 : 5000)
        for seed in seeds {
            do { try await lose(first, seed) } catch { Issue.record("seed \(seed): \(error)") }
        }
    }

    @Test("a seed repeats all that its processes do, and another is another story", .timeLimit(.minutes(6)))
    func repeated() async throws {
        var lives: Set<[String]> = []
        for seed: UInt64 in [1, 1, 2, 2, 3, 3] {
            lives.insert(try await lose(try await firstLife(seed: seed), seed))
        }
        #expect(lives.count == 3)
    }

    private func firstLife(seed: UInt64) async throws -> Life {
        var random = SeededGenerator(seed: seed)
        let house = try TestHouse()
        try house.drop(Self.job.lines)
        return try await live(house, DiskModel(reading: house.directory.path), &random)
    }

    /// A process whose deeds are noted; it runs to the end of all work.
    private func live(
        _ house: TestHouse, _ begin: DiskModel, _ random: inout SeededGenerator
    ) async throws -> Life {
        let deeds = Mutex<[Deed]>([])
        let trace = FileTrace(under: house.directory.path) { change in deeds.withLock { $0.append(.change(change)) } }
        defer { trace.remove() }
        let backend = StubBackend { sent in
            deeds.withLock { $0.append(.sent(sent)) }
            return Self.job.script(sent)
        }
        try await start(house, backend, seed: random.next())
        return Life(begin: begin, deeds: deeds.withLock { $0 })
    }

    /// - Parameter seed: decides in which order the tasks of the process run, so that a failure comes again.
    private func start(_ house: TestHouse, _ backend: StubBackend, seed: UInt64) async throws {
        let time = SimulatedTime(seed: seed, at: house.clock.now) { false }
        _ = try await time.run {
            try await house.start(backend, Self.job.policies) { services in
                services.clock = time.clock
                services.traffic = EndpointTraffic(clock: time.clock)
                services.random = time.random
            }
        }
    }

    /// Some processes, each of which ends somewhere: killed, or with the power; and one that ends well.
    /// - Returns: what was done before the last.
    @discardableResult
    private func lose(_ first: Life, _ seed: UInt64) async throws -> [String] {
        var random = SeededGenerator(seed: seed)
        var life = first
        var sent: [StubBackend.Sent] = []
        var deeds = life.deeds
        var story = "seed \(seed):"
        for _ in 0..<Int.random(in: 1...2, using: &random) {
            let count = Int.random(in: 0...life.deeds.count, using: &random)
            let (model, sentSoFar) = life.cut(at: count)
            sent += sentSoFar
            let house = try TestHouse()
            // A killed process leaves the next one what is not on disk yet.
            if random.once(in: 3) {
                story += " killed at \(count) of \(life.deeds.count),"
                life = try await live(house, model.killed(into: house.directory.path), &random)
            } else {
                story += " power lost at \(count) of \(life.deeds.count),"
                try model.lose(into: house.directory.path, using: &random)
                life = try await live(house, DiskModel(reading: house.directory.path), &random)
            }
            deeds += life.deeds
        }
        let count = Int.random(in: 0...life.deeds.count, using: &random)
        let (model, sentSoFar) = life.cut(at: count)
        let house = try TestHouse()
        try model.lose(into: house.directory.path, using: &random)
        story += " power lost at \(count) of \(life.deeds.count)"
        let backend = StubBackend(Self.job.script)
        try await start(house, backend, seed: random.next())
        sent += sentSoFar + backend.sent
        for event in house.events.all where event.hasPrefix("job.stopped") { Issue.record("\(story): \(event)") }
        try Self.job.check(house, sent.filter(Self.job.isPaid).map(\.prompt), unknownMax: .max, "\(story)")
        return deeds.map(\.description)
    }
}
