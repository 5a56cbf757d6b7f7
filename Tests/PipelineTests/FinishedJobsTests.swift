import BatchCore
import DurableFiles
import Ledgers
import Pipeline
import Spooling
import SystemPackage
import TestSupport
import Testing

@Suite("The book of finished jobs knows each of them, once, also when its results are gone", .timeLimit(.minutes(6)))
struct FinishedJobsTests {
    private let house: TestHouse

    init() throws {
        house = try TestHouse()
    }

    private func booked() throws -> [FinishedRecord] { try house.booked() }

    private func run(_ name: String, _ backend: StubBackend = StubBackend()) async throws {
        try house.drop((1...3).map { line("\(name)\($0)") }, as: "\(name).jsonl")
        try await house.start(backend)
    }

    @Test("a line for each, with what counts of its report and the bytes of its results, and without an answer")
    func recorded() async throws {
        try await run("a")
        let job = try house.only("done")
        let record = try #require(try booked().first)
        #expect(try booked().count == 1 && record.head.job == job.job.name)
        for member in ["job", "name", "lane", "sha256", "verdict", "lines", "cost", "figures", "models", "times"] {
            #expect(record.report[member] == job.report[member], "\(member)")
        }
        let bytes = try job.files.reduce(0) { try $0 + (FileFacts(at: job.path.appending($1))?.sizeBytes ?? 0) }
        #expect(record.head.sizeBytes == bytes && record.head.finishedAt == house.clock.now)
        try await run("bad", StubBackend { _ in .text("a secret answer") })
        #expect(try house.only("rejected").text("report.json").contains("a secret answer"))
        let book = try DurableFile.read(house.spool.finished) ?? []
        #expect(try booked().count == 2 && !String(decoding: book, as: UTF8.self).contains("a secret answer"))
    }

    @Test("gone, or older than the jobs: made anew from the reports")
    func gone() async throws {
        try await run("a")
        let before = try booked()
        try DurableFile.remove(house.spool.finished)
        try await house.start(StubBackend())
        #expect(try booked() == before)
        try DurableFile.remove(house.spool.finished)
        try await run("b")
        #expect(try booked().map(\.head.job) == house.finished("done").map(\.job.name))
        #expect(house.events.count("finished.remark") == 0)
    }

    @Test("damaged: it is kept, and what it lacks is taken from the reports")
    func damaged() async throws {
        for name in ["a", "b"] { try await run(name) }
        let before = try booked()
        var bytes = try #require(try DurableFile.read(house.spool.finished))
        bytes[40] ^= 1
        try DurableFile.publish(bytes, to: house.spool.finished)
        try await house.start(StubBackend())
        #expect(try booked() == [before[1], before[0]] && house.events.count("finished.remark") == 1)
        #expect(try house.names(".").filter { $0.hasPrefix("finished.jsonl.damaged-") }.count == 1)
    }

    @Test("a job whose results are gone is reported, compared with the books, and adopted")
    func withoutResults() async throws {
        try await run("a")
        let before = try house.spool.finishedJobs()
        let spent = try house.book().spent
        try DurableFile.removeTree(try house.only("done").path)
        let after = try house.spool.finishedJobs()
        #expect(after.map(\.id) == before.map(\.id) && after.map(\.figures) == before.map(\.figures))
        let check = try BookCheck(house.spool, .test())
        #expect(check.comparedJobs == 1 && check.differences.isEmpty)
        let day = TimeZoneRules.utc.day(at: house.clock.now)
        try DurableFile.remove(BudgetFile(day, in: house.spool.budget).path)
        let adopted = try await house.spool.adoptBudget(of: day, .test(), at: house.clock.now)
        #expect(adopted == spent && !spent.isZero)
    }

    @Test("the charts of the gate are made anew from it, too")
    func drift() async throws {
        try await run("a")
        let before = try DurableFile.read(house.spool.drift)
        try DurableFile.removeTree(try house.only("done").path)
        try DurableFile.remove(house.spool.drift)
        try await house.start(StubBackend())
        #expect(try DurableFile.read(house.spool.drift) == before && before?.isEmpty == false)
    }

    @Test("a start reads neither book; the first verdict does, or who looks after them")
    func lazily() async throws {
        try await run("a")
        let faults = FileFaults(under: house.directory.path)
        defer { faults.remove() }
        let services = try house.services(StubBackend(), .test())
        let dispatcher = Dispatcher(services: services, policies: .test(), untilIdle: true)
        try await dispatcher.recover()
        let books = [house.spool.finished, house.spool.drift]
        #expect(!faults.calls.contains { books.contains($0.path) })
        _ = try await dispatcher.run()
        #expect(books.allSatisfy { book in faults.calls.contains { $0.path == book } })
    }

    @Test("the sums of days that are over are written, and a change in such a file is found by who compares the books")
    func closedDays() async throws {
        try await run("a")
        let file = BudgetFile(TimeZoneRules.utc.day(at: house.clock.now), in: house.spool.budget)
        for days in 1...2 {
            house.clock.advance(by: .seconds(86_400))
            try await house.start(StubBackend())
            #expect(try (file.closed(knowing: [:]) == nil) == (days == 1))
        }
        #expect(try BookCheck(house.spool, .test()).differences.isEmpty)
        // A record more or less cannot keep the size; the same bytes in another order can.
        var lines = try #require(try DurableFile.read(file.path)).split(separator: UInt8(ascii: "\n")).map { Array($0) }
        let index = lines.indices.dropFirst().first { lines[$0].count == lines[$0 - 1].count } ?? 1
        lines.swapAt(index, index - 1)
        try DurableFile.publish(lines.flatMap { $0 + [UInt8(ascii: "\n")] }, to: file.path)
        do {
            #expect(try !BookCheck(house.spool, .test()).differences.isEmpty)
        } catch let error as LedgerError {
            guard case .damaged = error else { throw error }
        }
    }
}

extension TestHouse {
    func booked() throws -> [FinishedRecord] {
        var records: [FinishedRecord] = []
        try FinishedBook(spool.finished).records { records.append($0) }
        return records
    }
}
