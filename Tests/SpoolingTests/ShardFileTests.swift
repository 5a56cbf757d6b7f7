import BatchCore
import DurableFiles
import Spooling
import SystemPackage
import Testing

@Suite("Outcomes of a shard")
struct ShardFileTests {
    private let house: TestSpool
    private let path: FilePath

    init() throws {
        house = try TestSpool()
        path = house.spool.root.appending("0001.jsonl")
    }

    private func outcome(_ line: Int, _ answer: String) -> Outcome {
        var outcome = Outcome(line: line, result: .answered)
        outcome.response = Array("{\"answer\":\"\(answer)\"}".utf8)
        return outcome
    }

    private func answer(_ line: Int, in entries: [Int: ShardFile.Entry]) throws -> String? {
        let entry = try #require(entries[line])
        return try ShardFile.outcome(entry, in: try LineFile(path)).response.map { String(decoding: $0, as: UTF8.self) }
    }

    @Test("the first outcome of a line counts, now and after a restart")
    func first() async throws {
        let file = try ShardFile(path)
        try await file.append(outcome(1, "one"))
        try await file.append(outcome(1, "another"))
        try await file.append(outcome(2, "two"))
        for entries in [file.entries, try ShardFile.read(path).entries] {
            #expect(try answer(1, in: entries) == "{\"answer\":\"one\"}")
            #expect(try answer(2, in: entries) == "{\"answer\":\"two\"}")
        }
        try await file.close()
    }

    @Test("outcomes that come together each stand where their entry says")
    func together() async throws {
        let file = try ShardFile(path)
        try await withThrowingTaskGroup { group in
            for line in 1...200 { group.addTask { try await file.append(outcome(line, "\(line)")) } }
            try await group.waitForAll()
        }
        let entries = file.entries
        for line in 1...200 { #expect(try answer(line, in: entries) == "{\"answer\":\"\(line)\"}") }
        try await file.close()
    }
}
