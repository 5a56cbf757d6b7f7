import BatchCore
import DurableFiles
import Glibc
import Spooling
import Synchronization
import SystemPackage
import Testing

@testable import Pipeline

@Suite("However many names there are in the inbox, the house goes on", .timeLimit(.minutes(6)))
struct NameFloodTests {
    private func arrival(_ number: Int) -> Arrival {
        Arrival(directory: "/inbox", name: Array("\(number).jsonl".utf8), lane: Lane.defaultName)
    }

    @Test("they are looked at in turns, so that the watchdog is fed, and the good one among them is claimed")
    func turns() async throws {
        let house = try TestHouse()
        for number in 0..<5000 {
            close(open(house.spool.inbox.appending("\(number).txt").string, O_CREAT | O_WRONLY, 0o600))
        }
        try house.drop([line("a")], as: "z.jsonl")
        try await house.withDaemon(StubBackend()) { dispatcher in
            #expect(await eventually { await dispatcher.waitingArrivals.count == 5000 })
            #expect(dispatcher.turns.load(ordering: .relaxed) >= 9)
            try await house.wait(for: "done")
        }
    }

    @Test("hints wait as names, each once, and of too many that all names are to be looked at")
    func hints() {
        var hints = HintedNames()
        for number in 0..<5 { hints.add(.init(directory: "/inbox", bytes: [UInt8(number % 3)])) }
        #expect(hints.names.map(\.bytes) == [[0], [1], [2]] && !hints.isScan)
        let taken = hints.take()
        #expect(taken.names.count == 3 && hints.names.isEmpty)
        for number in 0..<3 * HintedNames.countMax { hints.add(.init(directory: FilePath("/\(number)"), bytes: [1])) }
        #expect(hints.isScan && hints.names.isEmpty)
        #expect(hints.take().isScan && !hints.isScan)
    }

    @Test("those that wait are kept up to a limit, and beyond it those that only time holds back")
    func waiting() {
        var waiting = WaitingArrivals(most: 2)
        func wait(_ number: Int, settles: Bool = false) {
            waiting[arrival(number)] = WaitingArrival(reason: "\(number)", settles: settles, quiet: nil)
        }
        for number in 0..<4 { wait(number) }
        #expect(waiting.byArrival.count == 2 && waiting[arrival(1)]?.reason == "1" && waiting[arrival(3)] == nil)
        wait(9, settles: true)
        #expect(waiting[arrival(9)]?.settles == true)
        waiting[arrival(1)] = WaitingArrival(reason: "other", settles: false, quiet: nil)
        #expect(waiting[arrival(1)]?.reason == "other")
        for number in [0, 1] { waiting[arrival(number)] = nil }
        wait(3)
        #expect(waiting[arrival(3)] != nil)
    }

    @Test("so many warnings a minute, and a count of the rest")
    func warnings() {
        var warnings = RareWarnings()
        let said = (0..<1000).count { _ in warnings.mayBeSaid() }
        #expect(said == RareWarnings.inMinute)
        let counts = (0..<60).compactMap { _ in warnings.tick() }
        #expect(counts == [1000 - said] && warnings.mayBeSaid())
        #expect((0..<60).compactMap { _ in warnings.tick() }.isEmpty)
    }

    @Test("files that wait are looked at a few at a time, after pauses that grow")
    func late() {
        var late = LateSnapshots()
        let record = JobRecord(
            name: [], lane: "", uid: 0, arrivedAt: Timestamp(seconds: 0), claimedAt: Timestamp(seconds: 0), sizeBytes: 0
        )
        guard let id = JobID("a.20261124T114054Z.abcdef") else { return }
        let directory = Spool("/spool").job(id)
        for _ in 0..<5 { late.add(LateSnapshot(directory: directory, record: record), atOnce: true) }
        var due = 0
        while late.next() != nil { due += 1 }
        #expect(due == LateSnapshots.atOnce && late.inWork == due && late.count == 5 - due && !late.areIdle)

        late = LateSnapshots()
        for user in [1, 1, 1, 2, 1, 3] as [UInt32] {
            let record = JobRecord(
                name: [], lane: "", uid: user, arrivedAt: record.arrivedAt, claimedAt: record.claimedAt, sizeBytes: 0)
            late.add(LateSnapshot(directory: directory, record: record), atOnce: true)
        }
        var users: [UInt32] = []
        while let next = late.next() {
            users.append(next.record.uid)
            late.ended()
        }
        #expect(users == [1, 2, 3, 1, 1, 1], "of each user in turn")

        late = LateSnapshots()
        var snapshot = LateSnapshot(directory: directory, record: record)
        var pauses: [Int] = []
        while !snapshot.isLastTry {
            snapshot.tries += 1
            late.add(snapshot)
            var pause = 0
            while late.next() == nil {
                late.tick()
                pause += 1
            }
            late.ended()
            pauses.append(pause)
        }
        #expect(pauses == [2, 4, 8, 8, 8, 8, 8, 8, 8, 8])
        snapshot.waitsForSpace = true
        late.add(snapshot)
        #expect(late.areIdle && late.count == 1)
    }
}
