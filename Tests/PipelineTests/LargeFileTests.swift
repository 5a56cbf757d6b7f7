import DurableFiles
import Glibc
import Pipeline
import Spooling
import Synchronization
import Testing

@Suite("However long files take to copy, the rest of the house goes on", .timeLimit(.minutes(6)))
struct LargeFileTests {
    @Test("as many copies at a time as there are claims, none of which ends")
    func copies() async throws {
        let house = try TestHouse()
        let copies = Copies()
        for number in 0..<16 { try house.drop([line("p\(number)")], as: "large\(number).jsonl") }
        let faults = FileFaults(under: house.spool.processing) { operation, _ in
            if operation == .clone { copies.waitForTheEnd() }
            return nil
        }
        defer { faults.remove() }
        try await withTaskExecutorPreference(FileExecutor.shared) {
            try await house.withDaemon(StubBackend()) { dispatcher in
                #expect(await eventually { copies.count >= 4 })
                let turns = dispatcher.turns.load(ordering: .relaxed)
                #expect(await eventually { dispatcher.turns.load(ordering: .relaxed) >= turns + 3 && !copies.areOver })
                copies.end()
                try await house.wait(for: "done", 16)
            }
        }
    }
}

/// Copies of many gigabytes: each keeps its thread until all are over, at the latest after twenty seconds.
private final class Copies: Sendable {
    private let deadline = ContinuousClock.now + .seconds(20)
    private let begun = Atomic<Int>(0)
    private let isOver = Flag()

    var count: Int { begun.load(ordering: .relaxed) }
    var areOver: Bool { isOver.isRaised || ContinuousClock.now >= deadline }

    func end() { isOver.raise() }

    func waitForTheEnd() {
        begun.add(1, ordering: .relaxed)
        while !areOver { poll(nil, 0, 1) }
    }
}
