import BatchCore
import DurableFiles
import Ledgers
import Pipeline
import Spooling
import SystemPackage
import TestSupport
import Testing

@Suite("Results go when they were kept for long enough, and the book still knows their jobs", .timeLimit(.minutes(6)))
struct ResultRetentionTests {
    private let house: TestHouse

    init() throws {
        house = try TestHouse()
    }

    private func keeping(_ keep: Duration? = nil, bytes: Int? = nil) -> Policies {
        .test { $0.results = Retention(keep: keep, keepBytes: bytes) }
    }

    /// Three jobs, an hour apart: the first and the third accepted, the second rejected.
    private func threeJobs() async throws {
        for (name, backend) in [("a", StubBackend()), ("b", StubBackend { _ in .text("no") }), ("c", StubBackend())] {
            try house.drop((1...3).map { line("\(name)\($0)") }, as: "\(name).jsonl")
            try await house.start(backend)
            house.clock.advance(by: .seconds(3600))
        }
    }

    private func stems(_ place: String) throws -> [String] {
        try house.names(place).map { JobID($0)?.stem ?? $0 }
    }

    @Test("nothing is said: all of it stays")
    func off() async throws {
        try await threeJobs()
        house.clock.advance(by: .seconds(1 << 30))
        try await house.start(StubBackend())
        #expect(try stems("done") == ["a", "c"] && stems("rejected") == ["b"])
        #expect(house.events.count("results.pruned") == 0)
    }

    @Test("by age: of those that ended before, in both places")
    func age() async throws {
        try await threeJobs()
        try await house.start(StubBackend(), keeping(.seconds(3 * 3600)))
        #expect(try stems("done") == ["a", "c"])
        house.clock.advance(by: .seconds(1))
        try await house.start(StubBackend(), keeping(.seconds(3 * 3600)))
        #expect(try stems("done") == ["c"] && stems("rejected") == ["b"])
        let bytes = try #require(try house.booked().first).head.sizeBytes
        #expect(house.events.all.contains { $0.hasPrefix("results.pruned ") && $0.contains("bytes=\(bytes) jobs=1") })
        house.clock.advance(by: .seconds(3600))
        try await house.start(StubBackend(), keeping(.seconds(3 * 3600)))
        #expect(try stems("done") == ["c"] && stems("rejected").isEmpty)
        #expect(try house.booked().count == 3)
    }

    @Test("by bytes: the oldest, until the rest takes no more")
    func bytes() async throws {
        try await threeJobs()
        let sizes = try house.booked().map(\.head.sizeBytes)
        try await house.start(StubBackend(), keeping(bytes: sizes.reduce(0, +)))
        #expect(try stems("done") == ["a", "c"] && stems("rejected") == ["b"])
        try await house.start(StubBackend(), keeping(bytes: sizes[1] + sizes[2]))
        #expect(try stems("done") == ["c"] && stems("rejected") == ["b"])
        try await house.start(StubBackend(), keeping(bytes: 0))
        #expect(try stems("done").isEmpty && stems("rejected").isEmpty)
    }

    @Test("both sides of a split job go")
    func split() async throws {
        try house.drop([line("a"), line("b", model: "n")])
        try await house.start(StubBackend { $0.model == "n" ? .text("no") : .good($0) })
        #expect(try stems("done") == ["a"] && stems("rejected") == ["a"])
        try await house.start(StubBackend(), keeping(bytes: 0))
        #expect(try stems("done").isEmpty && stems("rejected").isEmpty)
    }

    @Test("one that the book does not have stays, and so does what nobody knows")
    func unknown() async throws {
        try await threeJobs()
        let first = try #require(try house.finished("done").first { $0.job.stem == "a" })
        try DurableFile.remove(house.spool.finished)
        try DurableFile.publish(Array("{".utf8), to: first.path.appending("report.json"))
        try DurableFile.makeDirectory(house.spool.done.appending("mine"))
        try await house.start(StubBackend(), keeping(bytes: 0))
        #expect(try stems("done") == ["a", "mine"] && stems("rejected").isEmpty)
    }

    @Test("nothing in processing/ goes, nor the side of a split job that has left already")
    func processing() async throws {
        try house.drop([line("a"), line("b", model: "n")])
        let policies = keeping(bytes: 0)
        let crash = Crash(under: house.directory.path, at: 0, .before) { operation, path in
            operation == .rename && path.removingLastComponent().lastComponent?.string == "done"
        }
        await #expect(throws: (any Error).self) {
            try await house.start(StubBackend { $0.model == "n" ? .text("no") : .good($0) }, policies)
        }
        crash.end()
        #expect(try stems("processing") == ["a"] && stems("rejected") == ["a"])
        #expect(try house.spool.outlived(policies.results, at: house.clock.now).isEmpty)
        let services = try house.services(StubBackend(), policies)
        try await services.finished.open(at: house.clock.now)
        #expect(try house.spool.outlived(policies.results, at: house.clock.now).isEmpty && house.booked().count == 1)
        try await house.start(StubBackend(), policies)
        #expect(try stems("processing").isEmpty && stems("done").isEmpty && stems("rejected").isEmpty)
        #expect(try house.booked().count == 1)
    }

    @Test("a crash at any step of it leaves no half of a result, and the next round takes what is left")
    func crash() async throws {
        try await threeJobs()
        var step = 0
        while try !house.names("done").isEmpty || !house.names("rejected").isEmpty {
            let crash = Crash(under: house.directory.path, at: step, .before) { operation, path in
                [.rename, .unlink, .rmdir].contains(operation)
                    && [house.spool.done, house.spool.rejected].contains { path.starts(with: $0) }
            }
            do { try await house.start(StubBackend(), keeping(bytes: 0)) } catch {
                guard crash.isDead.isRaised else { throw error }
            }
            crash.end()
            for job in try house.finished("done") + house.finished("rejected") {
                #expect(try job.files.contains("report.json") && job.files.contains("output.jsonl"), "step \(step)")
            }
            step += 1
            #expect(step < 100)
        }
        #expect(step > 3)
        #expect(try house.booked().count == 3)
    }
}
