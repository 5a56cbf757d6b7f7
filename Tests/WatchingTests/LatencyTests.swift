import Glibc
import Synchronization
import SystemPackage
import TestSupport
import Testing

@testable import Watching

/// Figures, not promises: `BOBBIN_MEASURE=1` runs it and prints them.
@Suite("How long it takes from a rename to its hint", .enabled(if: getenv("BOBBIN_MEASURE") != nil))
struct LatencyTests {
    @Test("1,000 renames, one after the other")
    func renames() async throws {
        let directory = try TemporaryDirectory()
        let rounds = 1_000
        for number in 0..<rounds { try write(directory.beside.appending("\(number)")) }
        let watcher = Watcher(
            helper: HelperLocation.find(), directories: [directory.inbox], pace: patient, logger: LogEvents().logger)
        let (hints, continuation) = AsyncStream.makeStream(of: (Hint, ContinuousClock.Instant).self)
        let measured = try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                await #expect(throws: CancellationError.self) {
                    try await watcher.run { continuation.yield(($0, ContinuousClock.now)) }
                }
            }
            var iterator = hints.makeAsyncIterator()
            _ = await iterator.next()
            var measured: [Duration] = []
            for number in 0..<rounds {
                let started = ContinuousClock.now
                try move(directory.beside.appending("\(number)"), directory.inbox.appending("\(number)"))
                let (hint, arrived) = try #require(await iterator.next())
                #expect(hint == .look(directory: directory.inbox, name: Array("\(number)".utf8)))
                measured.append(arrived - started)
            }
            group.cancelAll()
            return measured.sorted()
        }
        for share in [0, 50, 90, 99] { print("rename to hint, p\(share): \(measured[rounds * share / 100])") }
        print("rename to hint, max: \(measured[rounds - 1])")
    }
}
