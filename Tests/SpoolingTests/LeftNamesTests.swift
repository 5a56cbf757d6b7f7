import BatchCore
import DurableFiles
import Glibc
import Spooling
import SystemPackage
import Testing

@Suite("What a killed process named, or took away, is on disk before anybody is told of it")
struct LeftNamesTests {
    private let house: TestSpool
    private var spool: Spool { house.spool }

    init() throws {
        house = try TestSpool()
    }

    private func synced(_ body: () throws -> Void) throws -> [FilePath] {
        let faults = FileFaults(under: spool.root)
        defer { faults.remove() }
        try body()
        return faults.calls.filter { $0.operation == .fsync }.map(\.path)
    }

    @Test("a start keeps the names of the spool and of each job; a job that is closed to it stands still alone")
    func start() throws {
        let arrivals = ["a.jsonl", "b.jsonl"].map {
            Arrival(directory: spool.inbox, name: Array($0.utf8), lane: Lane.defaultName)
        }
        let jobs = arrivals.map { spool.job(house.id(of: $0)) }
        for job in jobs { try DurableFile.makeDirectory(job.path) }
        try DurableFile.makeDirectory(jobs[1].shards)
        let wanted = [
            spool.root, spool.inbox, spool.processing, spool.done, spool.rejected, spool.budget, spool.hashlog,
            spool.control, spool.paused, jobs[0].path, jobs[1].path, jobs[1].shards,
        ]
        #expect(Set(wanted).isSubset(of: try synced { try spool.keepNames() }))
        for code in [EACCES, EIO] {
            let faults = FileFaults(under: spool.root) { operation, path in
                operation == .open && path == jobs[0].path ? .error(code) : nil
            }
            defer { faults.remove() }
            if code == EIO {
                #expect(throws: FileError.self) { try spool.keepNames() }
            } else {
                try spool.keepNames()
                #expect(faults.calls.contains { $0.path == jobs[1].path })
            }
        }
    }

    @Test("a pause that is found is durable before it is confirmed")
    func pause() throws {
        let subject = Pause.Subject.lane("nightly")
        _ = try spool.pause(subject, by: 7, at: house.time)
        #expect(try synced { _ = try spool.pause(subject, by: 8, at: house.time) } == [spool.paused.appending("lanes")])
    }

    @Test("a request that was done does not come back")
    func request() throws {
        _ = try spool.ask(.pause(.lane("nightly")), name: "x")
        let pending = try #require(try spool.controlRequests().first)
        #expect(try synced { try pending.end() } == [spool.control])
        #expect(try spool.controlRequests().isEmpty)
    }
}
