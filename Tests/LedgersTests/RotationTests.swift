import BatchCore
import DurableFiles
import Glibc
import Ledgers
import Synchronization
import SystemPackage
import Testing

@Suite("A segment is replaced only when all of it is on disk", .timeLimit(.minutes(6)))
struct RotationTests {
    @Test("one that is rotated away while maintenance closes another")
    func duringMaintenance() async throws {
        let directory = try LedgerDirectory()
        let log = try directory.hashLog(segmentBytes: 1)
        let gates = [WriteGate("answers-000001.jsonl"), WriteGate("answers-000002.jsonl")]
        let faults = FileFaults(under: directory.path) { operation, path in
            if operation == .write { for gate in gates { gate.pass(path) } }
            return nil
        }
        defer {
            for gate in gates { gate.open() }
            faults.remove()
        }
        // From here on maintenance is due while a segment was rotated away that nobody closes yet.
        _ = try await log.maintain(Retention()) { false }
        async let first: Void = log.accept([(key(1), response(1))])
        while !gates[0].hasArrived { await Task.yield() }
        async let second: Void = log.accept([(key(2), response(2))])
        while !(await log.isMaintenanceDue) { await Task.yield() }
        let hasEnded = Finished()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                _ = try await log.maintain(Retention()) { false }
                _ = hasEnded.turn()
            }
            while await log.isMaintenanceDue { await Task.yield() }
            group.addTask { try await log.accept([(key(3), response(3))]) }
            while !(await log.isMaintenanceDue) { await Task.yield() }
            gates[0].open()
            while await log.isMaintenanceDue, !hasEnded.isBegun { await Task.yield() }
            gates[1].open()
            try await group.waitForAll()
        }
        try await first
        try await second
        for log in [log, try directory.hashLog()] {
            #expect(try await responses(log, 1...3) == (1...3).map { response($0) })
            try await log.verify()
        }
    }
}

/// Keeps the writes to a file waiting until it is opened.
private final class WriteGate: Sendable {
    private let name: String
    private let isOpen = Atomic<Bool>(false)
    private let arrived = Atomic<Bool>(false)

    init(_ name: String) { self.name = name }

    var hasArrived: Bool { arrived.load(ordering: .acquiring) }
    func open() { isOpen.store(true, ordering: .releasing) }

    func pass(_ path: FilePath) {
        guard path.lastComponent?.string == name else { return }
        arrived.store(true, ordering: .releasing)
        while !isOpen.load(ordering: .acquiring) { poll(nil, 0, 1) }
    }
}
