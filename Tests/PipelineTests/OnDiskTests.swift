import BatchCore
import DurableFiles
import Glibc
import Ledgers
import Pipeline
import Spooling
import Synchronization
import Testing

@Suite(
    "What a request may cost, and what came of it, is on disk before anything follows from it", .timeLimit(.minutes(6)))
struct OnDiskTests {
    private let house: TestHouse

    init() throws {
        house = try TestHouse()
    }

    @Test("its reservation and its attempt, each time that it is sent")
    func sent() async throws {
        let lines = (1...6).map { line("p\($0)") }
        try house.drop(lines)
        let missing = Mutex<[String]>([])
        let worst = try worstCase(of: lines[0])
        let backend = StubBackend { [house] sent in
            do {
                let job = try house.spool.jobs().first.map { house.spool.job($0) }
                let number = Int(sent.prompt.dropFirst()) ?? 0
                let attempts = try job.map { try AttemptLog.summary(of: $0.attempts).unended } ?? []
                guard let attempt = attempts.first(where: { $0.line == number }) else {
                    throw Unexpected("no attempt on line \(number)")
                }
                let open = try house.book().open.first { $0.key.shard == attempt.shard }?.value
                guard let open, attempt.worstCase == worst, open.settlement.open.covers(worst) else {
                    throw Unexpected("no money for line \(number)")
                }
            } catch {
                missing.withLock { $0.append("\(error)") }
            }
            return sent.time == 1 && sent.prompt != "p1" ? .lost : .good(sent)
        }
        try await house.start(backend)
        #expect(missing.withLock { $0 } == [] && backend.sent.count == 11)
    }

    @Test("its outcome, before its money is free for others")
    func outcome() async throws {
        try house.drop([line("p1")], as: "a.jsonl")
        let (isHeld, mayGoOn) = (Flag(), Flag())
        let faults = FileFaults(under: house.spool.processing) { operation, path in
            guard operation == .write, path.lastNameBytes.elementsEqual("0001.jsonl".utf8) else { return nil }
            isHeld.raise()
            let deadline = ContinuousClock.now + .seconds(60)
            while !mayGoOn.isRaised, ContinuousClock.now < deadline { poll(nil, 0, 1) }
            return nil
        }
        defer { faults.remove() }
        try await house.withDaemon(StubBackend()) { dispatcher in
            #expect(await eventually { isHeld.isRaised })
            try house.drop([line("p2")], as: "b.jsonl")
            dispatcher.send(.scan)
            // A reservation is written behind every settlement that was made before it.
            let isReserved = try await eventually { try house.book().open.keys.contains { $0.job.hasPrefix("b.") } }
            let first = try house.book().open.first { $0.key.job.hasPrefix("a.") }?.value
            mayGoOn.raise()
            #expect(isReserved && first?.settlement.open == first?.worstCase && first != nil)
            try await house.wait(for: "done", 2)
        }
    }
}
