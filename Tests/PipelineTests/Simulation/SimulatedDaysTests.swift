import Glibc
import Testing

@Suite("Days of the life of a spool: files come, processes die, the disk fails, clocks jump, and every promise holds")
struct SimulatedDaysTests {
    /// `BOBBIN_SIMULATE="SEED [DAYS]"` is one life (`Tests/run --simulate`). Two runs of a seed are alike only where
    /// the order of sets is: `SWIFT_DETERMINISTIC_HASHING=1`.
    private static var chosen: [Int] {
        getenv("BOBBIN_SIMULATE").map { String(cString: $0).split(separator: " ").compactMap { Int($0) } } ?? []
    }

    static var seeds: [UInt64] {
        if let seed = chosen.first { return [UInt64(seed)] }
        return Array(1...(getenv("BOBBIN_LONG") == nil ? 1 : 300))
    }

    @Test("a seed", .serialized, arguments: seeds)
    func life(seed: UInt64) async throws {
        let spool = try SimulatedSpool(seed: seed, isTold: !Self.chosen.isEmpty)
        let days = Self.chosen.dropFirst().first ?? 1
        let began = ContinuousClock.now
        let broken = try await spool.time.run { await spool.live(days: days) }
        #expect(broken.isEmpty, "Tests/run --simulate \(seed) \(days)")
        print("\(spool.summary), \(ContinuousClock.now - began)")
    }
}
