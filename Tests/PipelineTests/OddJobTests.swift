import BatchCore
import DurableFiles
import Glibc
import Pipeline
import Spooling
import SystemPackage
import TestSupport
import Testing

/// What is wrong with one job stops that job, and says so: the start, the books and the other jobs go on.
@Suite("An odd file of a job is that job's alone", .timeLimit(.minutes(6)))
struct OddJobTests {
    private let house: TestHouse

    init() throws {
        house = try TestHouse()
    }

    /// A job that a crash left in the middle of its first shard.
    private func crashedJob() async throws -> JobDirectory {
        try house.drop((1...2).map { line("p\($0)") })
        let crash = Crash(under: house.directory.path, at: 0) {
            $0 == .write && $1.lastNameBytes.elementsEqual("0001.jsonl".utf8)
        }
        await #expect(throws: (any Error).self) { try await house.start(StubBackend()) }
        crash.end()
        return house.spool.job(try #require(try house.spool.jobs().first))
    }

    /// The next start works off another file, and leaves the odd job where it is.
    /// - Returns: why it stands still.
    private func startBesideAnother(_ job: JobDirectory) async throws -> String {
        try house.drop([line("good")], as: "good.jsonl")
        let backend = StubBackend()
        let (end, _) = try await house.start(backend)
        #expect(end == .idle(parked: 1) && backend.prompts == ["good"])
        #expect(try house.only("done").count("lines", "answered") == 1)
        #expect(try FileFacts(at: job.input) != nil)
        #expect(try house.book().open.isEmpty, "what it had reserved is settled")
        let state = try #require(try job.state())
        #expect(state.phase == .stopped)
        return state.reason
    }

    @Test("a directory where the outcomes of a shard should be")
    func shardIsDirectory() async throws {
        let job = try await crashedJob()
        try DurableFile.remove(job.shard(1))
        try DurableFile.makeDirectory(job.shard(1))
        #expect(try await startBesideAnother(job).contains("0001.jsonl"))
        #expect(try house.book().unknown.usd == 2 * worstCase(of: line("p1")).usd, "the proof is gone: all is charged")
    }

    @Test("files of a shard that are closed to us")
    func shardIsClosed() async throws {
        let job = try await crashedJob()
        let faults = FileFaults(under: job.path) { operation, path in
            operation == .open && path.lastNameBytes.elementsEqual("0001.jsonl".utf8) ? .error(EACCES) : nil
        }
        defer { faults.remove() }
        #expect(try await startBesideAnother(job).contains("EACCES"))
    }

    @Test(
        "a record that does not read, or whose uid is none",
        arguments: ["no JSON", "{}", #"{"v":1,"name":"a.jsonl","lane":"default","uid":-1}"#, "directory"])
    func damagedRecord(text: String) async throws {
        let job = try await crashedJob()
        let file = job.path.appending("job.json")
        try DurableFile.remove(file)
        if text == "directory" {
            try DurableFile.makeDirectory(file)
        } else {
            try DurableFile.publish(Array(text.utf8), to: file)
        }
        #expect(try await startBesideAnother(job).contains("job.json"))
    }

    @Test("a record of a newer version is said in words, and nothing of the job is touched")
    func newerRecord() async throws {
        let job = try await crashedJob()
        let file = job.path.appending("job.json")
        let newer = Array(
            String(decoding: try #require(try DurableFile.read(file)), as: UTF8.self)
                .replacing(#""v":1"#, with: #""v":2"#).utf8)
        try DurableFile.publish(newer, to: file)
        let before = try [job.shard(1), job.attempts].map { try DurableFile.read($0) }
        #expect(try await startBesideAnother(job).contains("newer version"))
        #expect(try DurableFile.read(file) == newer)
        #expect(try [job.shard(1), job.attempts].map { try DurableFile.read($0) } == before)
    }

    @Test("a directory with such a record and nothing else is not removed")
    func onlyRecord() async throws {
        let job = house.spool.job(try #require(JobID("a.20260101T000000Z.abcdef")))
        try DurableFile.makeDirectory(job.path)
        try DurableFile.publish(Array("damaged".utf8), to: job.path.appending("job.json"))
        #expect(try await house.start(StubBackend()).end == .idle(parked: 1))
        #expect(try DurableFile.read(job.path.appending("job.json")) == Array("damaged".utf8))
    }
}
