import BatchCore
import DurableFiles
import Spooling
import SystemPackage
import Testing

@Suite("Attempts: what may have reached a server is counted and charged, what no byte left of is neither")
struct AttemptLogTests {
    private let house: TestSpool
    private let directory: JobDirectory
    private let worst = Amount(usd: Money(picodollars: 9), tokens: 4)

    init() throws {
        house = try TestSpool()
        directory = house.spool.job(
            JobID(deliveredName: Array("a.jsonl".utf8), at: house.time, random: [0, 0, 0, 0, 0, 0]))
        try DurableFile.makeDirectory(directory.path)
    }

    private func attempt(_ line: Int, model: String = "m") -> AttemptLog.Attempt {
        AttemptLog.Attempt(line: line, shard: 1, round: 1, worstCase: worst, model: model)
    }

    /// What the log says now, and what a process that starts now reads of it.
    private func inBoth(_ log: AttemptLog, _ check: (AttemptLog) async throws -> Void) async throws {
        try await check(log)
        try await log.close()
        let read = try AttemptLog(directory.attempts)
        try await check(read)
        try await read.close()
    }

    @Test("a refused connection is no attempt, however often; an error status is one")
    func unsent() async throws {
        let log = try AttemptLog(directory.attempts)
        for _ in 0..<3 {
            try await log.begin(attempt(1))
            log.endUnsent(attempt(1))
        }
        try await log.begin(attempt(1))
        log.endUnbilled(attempt(1))
        try await log.begin(attempt(1))
        try await log.begin(attempt(2))
        log.endUnsent(attempt(2))
        try await inBoth(log) { log in
            #expect(log.attemptsByLine == [1: 2])
            #expect(log.unknownByModel.isEmpty)
            #expect(log.lastRound(of: 1) == 1)
            #expect(log.inFlight(in: 1, round: 1) { _ in false } == [attempt(1)])
        }
    }

    @Test("one is on disk when it begins, alone or with others, and when its money is gone")
    func durable() async throws {
        let log = try AttemptLog(directory.attempts)
        let faults = FileFaults(under: directory.attempts)
        defer { faults.remove() }
        try await log.begin(attempt(1))
        #expect(faults.count(.fdatasync) == 1)
        try await log.begin([attempt(2), attempt(3)])
        #expect(faults.count(.fdatasync) == 2)
        try await log.endUnknown(attempt(1), because: "lost")
        #expect(faults.count(.fdatasync) == 3)
        try await log.endInterrupted(attempt(2))
        #expect(faults.count(.fdatasync) == 4 && faults.calls.last?.operation == .fdatasync)
        try await log.close()
    }

    @Test("what is lost is charged to the model that it was sent to")
    func models() async throws {
        let log = try AttemptLog(directory.attempts)
        for (line, model) in [(1, "m"), (2, "n"), (3, "m")] {
            try await log.begin(attempt(line, model: model))
            try await log.endUnknown(attempt(line, model: model), because: "lost")
        }
        try await inBoth(log) { log in
            #expect(log.unknownByModel == ["m": worst + worst, "n": worst])
            #expect(log.unknown(in: 1) == worst + worst + worst)
        }
    }

    @Test("lines of an earlier version, which name no model, are read")
    func earlier() async throws {
        let line = #"{"line":1,"shard":1,"round":1,"usd":"0.000000000009","tokens":4"#
        try DurableFile.publish(
            Array("\(line)}\n\(line),\"end\":\"unknown\",\"reason\":\"lost\"}\n".utf8), to: directory.attempts)
        let log = try AttemptLog(directory.attempts)
        #expect(log.unknownByModel == ["": worst])
        #expect(log.attemptsByLine == [1: 1])
        try await log.close()
    }

    @Test("a job that is stopped by the same cap again has waited for it once")
    func parks() throws {
        #expect(try directory.parks().isEmpty)
        let days = [20_000, 20_001].map { CivilDate(daysSinceEpoch: $0) }
        let first = ParkNote(.budget, on: days[0], subject: "the cap of a job", model: "m")
        let others = [
            ParkNote(.budget, on: days[1], subject: first.subject, model: "m"),
            ParkNote(.budget, on: days[0], subject: "the cap of the day", model: "m"),
            ParkNote(.endpoint, on: days[0], subject: "local"),
        ]
        for note in [first, ParkNote(.budget, on: days[0], subject: first.subject, model: "n")] + others {
            try directory.note(note)
        }
        #expect(try directory.parks() == [first] + others)
        try DurableFile.publish(Array(#"[{"cause":"moon"}]"#.utf8), to: directory.path.appending("parked.json"))
        #expect(throws: JobDamage.self) { try directory.parks() }
    }
}
