import BatchCore
import DurableFiles
import Ledgers
import SystemPackage
import Testing

@Suite("What a killed process wrote is on disk before it is known")
struct HashLogCrashTests {
    @Test("the last keys and the last answers are synced when the log is opened")
    func opened() async throws {
        let directory = try LedgerDirectory()
        let log = try directory.hashLog()
        try await log.accept([(key(1), response(1))])
        try await log.close()
        let faults = FileFaults(under: directory.path)
        defer { faults.remove() }
        let again = try directory.hashLog()
        #expect(try await responses(again, 1...1) == [response(1)])
        let synced = Set(faults.calls.filter { $0.operation == .fsync }.map { $0.path.lastNameBytes })
        #expect(synced.isSuperset(of: ["keys-000001.log", "answers-000001.jsonl"].map { Array($0.utf8) }))
    }
}
