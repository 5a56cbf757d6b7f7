import DurableFiles
import Glibc
import Spooling
import SystemPackage
import TestSupport
import Testing

@Suite("What a killed process put under a name is on disk before anything is done on its word")
struct LeftNamesTests {
    private let job = WholeJob(isSplit: true, moment: .after)

    /// The job of a process that ended when its file had just got this name.
    private func killed(after name: String) async throws -> TestHouse {
        let house = try TestHouse()
        try house.drop(job.lines)
        let crash = Crash(under: house.directory.path, at: 0, .after) {
            $0 == .rename && $1.lastNameBytes.elementsEqual(name.utf8) && $1.parent.parent == house.spool.processing
        }
        await #expect(throws: (any Error).self) {
            try await house.start(StubBackend(unless: { crash.isDead.isRaised }, job.script), job.policies)
        }
        crash.end()
        return house
    }

    /// A kill leaves the name in memory; the fsync of the directory, which comes next, was not made.
    @Test(
        "a plan before its first request, a report before anything of the job is moved or removed",
        arguments: [
            ("plan.json", FileOperation.fdatasync, "attempts.jsonl"), ("report.json", .rename, "rejected"),
            ("report.json", .unlink, "plan.json"),
        ])
    func kept(name: String, operation: FileOperation, target: String) async throws {
        let house = try await killed(after: name)
        let directory = house.spool.job(try #require(try house.spool.jobs().first)).path
        let faults = FileFaults(under: house.directory.path)
        defer { faults.remove() }
        try await house.start(StubBackend(job.script), job.policies)
        let calls = faults.calls
        let synced = calls.firstIndex { $0.operation == .fsync && $0.path == directory }
        let done = calls.firstIndex {
            $0.operation == operation
                && [$0.path, $0.path.parent].contains { $0.lastNameBytes.elementsEqual(target.utf8) }
        }
        #expect(try #require(synced) < #require(done), "\(calls)")
    }

    @Test("a plan whose directory a loss of power took is gone on with")
    func plan() async throws {
        let house = try await killed(after: "plan.json")
        try DurableFile.removeTree(house.spool.job(try #require(try house.spool.jobs().first)).shards)
        let backend = StubBackend(job.script)
        try await house.start(backend, job.policies)
        try job.check(house, backend.sent.filter(job.isPaid).map(\.prompt), unknownMax: 0, "its directory is gone")
    }

    @Test("a record of a job that cannot be read for once does not have its requests charged whole")
    func record() async throws {
        let house = try TestHouse()
        try house.drop(job.lines)
        let crash = Crash(under: house.directory.path, at: 3, .after) {
            $0 == .fdatasync && $1.lastNameBytes.elementsEqual("attempts.jsonl".utf8)
        }
        let first = StubBackend(unless: { crash.isDead.isRaised }, job.script)
        await #expect(throws: (any Error).self) { try await house.start(first, job.policies) }
        crash.end()
        let isOver = Flag()
        let faults = FileFaults(under: house.directory.path) { operation, path in
            guard operation == .open, path.lastNameBytes.elementsEqual("job.json".utf8), !isOver.isRaised else {
                return nil
            }
            isOver.raise()
            return .error(EACCES)
        }
        defer { faults.remove() }
        let second = StubBackend(job.script)
        try await house.start(second, job.policies)
        #expect(isOver.isRaised)
        let paid = (first.sent + second.sent).filter(job.isPaid).map(\.prompt)
        try job.check(house, paid, unknownMax: .max, "it was closed once")
    }
}
