import BatchCore
import DurableFiles
import Glibc
import Ledgers
import SystemPackage
import Testing

@Suite("An accepted answer is found by its request key, today and after a restart")
struct HashLogTests {
    private let directory: LedgerDirectory

    init() throws {
        directory = try LedgerDirectory()
    }

    @Test("accept, recall, response")
    func roundTrip() async throws {
        let log = try directory.hashLog()
        #expect(try await log.recall([key(1), key(2)]) == [nil, nil])
        try await log.accept([(key(1), response(1)), (key(2), response(2))])
        #expect(try await responses(log, 1...2) == [response(1), response(2)])
        #expect(try await log.recall([key(3), key(2)]).map { $0 != nil } == [false, true])
        let again = try directory.hashLog()
        #expect(try await responses(again, 1...2) == [response(1), response(2)])
        #expect(try await again.recall([]) == [])
        try await again.verify()
    }

    @Test("the answers are lines in the form in which they are exported")
    func exported() async throws {
        let log = try directory.hashLog()
        try await log.accept([(key(1), response(1))])
        let line = try directory.bytes("answers-000001.jsonl")
        let value = try JSONValue(parsing: line)
        #expect(value.members?.map(\.name) == ["key", "answer", "at", "sum"])
        #expect(value["key"]?.string == key(1).hex && value["at"]?.string == "2026-11-24T10:00:00.000Z")
        #expect(value["answer"] == (try JSONValue(parsing: response(1))))
        let body = line.dropLast(",\"sum\":\"00000000\"}\n".utf8.count)
        #expect(UInt32(value["sum"]?.string ?? "", radix: 16) == independentCRC32C(body))
        let record = try directory.bytes("keys-000001.log")
        #expect(record.count == 64 && Array(record[..<32]) == key(1).digest.bytes)
        let sum = record[60...].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        #expect(sum == independentCRC32C(record[..<60]))
    }

    @Test("what has an answer keeps it; twice in one call or in two is once")
    func duplicates() async throws {
        let log = try directory.hashLog()
        try await log.accept([(key(1), response(1)), (key(1), response(7))])
        try await log.accept([(key(1), response(8)), (key(2), response(2))])
        #expect(try await responses(log, 1...2) == [response(1), response(2)])
        #expect(try await log.statistics.keys == 2)
        #expect(try directory.bytes("keys-000001.log").count == 128)
    }

    @Test("the same key from 64 at a time is kept once, and is durable for each of them")
    func together() async throws {
        let log = try directory.hashLog()
        let directory = directory
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<64 {
                group.addTask {
                    try await log.accept([(key(number % 4), response(number)), (key(100 + number), response(number))])
                    try await log.rememberDefects([key(1000 + number % 4)])
                    let found = try await directory.hashLog(writable: false).recall([
                        key(number % 4), key(1000 + number % 4),
                    ])
                    #expect(found[0] != nil && found[1] == .defect)
                }
            }
            try await group.waitForAll()
        }
        let statistics = try await log.statistics
        #expect(statistics.keys == 68 && statistics.answers == 68 && statistics.defects == 4)
        #expect(try directory.bytes("keys-000001.log").count == 68 * 64)
        #expect(try directory.bytes("answers-000001.jsonl").count(where: { $0 == UInt8(ascii: "\n") }) == 68)
        try await log.verify()
    }

    @Test("a key is on disk only after its answer")
    func order() async throws {
        let log = try directory.hashLog()
        let faults = FileFaults(under: directory.path)
        defer { faults.remove() }
        try await log.accept([(key(1), response(1))])
        let writes = faults.calls.filter { [.write, .fdatasync].contains($0.operation) }
            .map { "\($0.operation.rawValue) \($0.path.lastComponent?.string.prefix(4) ?? "")" }
        #expect(writes == ["write answ", "fdatasync answ", "write keys", "fdatasync keys"])
    }

    @Test("a defect is remembered until an answer is accepted")
    func defects() async throws {
        let log = try directory.hashLog()
        try await log.rememberDefects([key(1), key(1), key(2)])
        try await log.rememberDefects([key(2)])
        #expect(try await log.recall([key(1), key(2), key(3)]) == [.defect, .defect, nil])
        #expect(try directory.bytes("defects-000001.log").count == 128)
        try await log.accept([(key(2), response(2))])
        let again = try directory.hashLog()
        #expect(try await again.recall([key(1)]) == [.defect])
        #expect(try await responses(again, 2...2) == [response(2)])
    }

    @Test(
        "after a failed sync nothing is taken, and what was there is still answered",
        arguments: ["answers", "keys", "defects"])
    func failure(file: String) async throws {
        let log = try directory.hashLog()
        try await log.accept([(key(1), response(1))])
        try await log.rememberDefects([key(9)])
        let faults = FileFaults(under: directory.path) { operation, path in
            operation == .fdatasync && path.lastComponent?.string.hasPrefix(file) == true ? .error(EIO) : nil
        }
        let write: @Sendable (Int) async throws -> Void = { number in
            if file == "defects" {
                try await log.rememberDefects([key(number)])
            } else {
                try await log.accept([(key(number), response(number))])
            }
        }
        await #expect(throws: LedgerError.self) { try await write(2) }
        faults.remove()
        await #expect(throws: LedgerError.self) { try await write(2) }
        await #expect(throws: LedgerError.self) { try await write(3) }
        #expect(try await log.recall([key(2), key(3)]) == [nil, nil])
        #expect(try await responses(log, 1...1) == [response(1)])
        let again = try directory.hashLog()
        try await again.accept([(key(2), response(22)), (key(3), response(3))])
        #expect(try await responses(again, 3...3) == [response(3)])
        try await again.verify()
    }

    @Test("keys whose first bytes are equal never give each other's answer")
    func collisions() async throws {
        let log = try directory.hashLog()
        let twins = (0..<200).map { number in
            RequestKey(
                hex: String(repeating: "ab", count: 30) + "00" + (number < 16 ? "0" : "") + String(number, radix: 16))
        }.compactMap { $0 }
        try #require(twins.count == 200)
        for number in stride(from: 0, to: 200, by: 2) { try await log.accept([(twins[number], response(number))]) }
        for log in [log, try directory.hashLog()] {
            let found = try await log.recall(twins)
            for number in 0..<200 {
                guard number % 2 == 0, case .accepted(let stored) = found[number] else {
                    #expect(number % 2 == 1 && found[number] == nil)
                    continue
                }
                #expect(try await log.response(at: stored.locator, for: twins[number]) == response(number))
                await #expect(throws: LedgerError.self) { try await log.response(at: stored.locator, for: twins[1]) }
            }
        }
    }

    @Test("the index grows and forgets nothing")
    func growth() async throws {
        let log = try directory.hashLog()
        let before = try await log.statistics.indexBytes
        for start in stride(from: 0, to: 3000, by: 500) {
            try await log.accept((start..<start + 500).map { (key($0), response($0)) })
        }
        #expect(try await log.statistics.indexBytes > before)
        #expect(try await log.recall((0..<3000).map { key($0) }).allSatisfy { $0 != nil })
        #expect(try await log.recall((3000..<6000).map { key($0) }).allSatisfy { $0 == nil })
        #expect(try await responses(log, 2990...2999) == (2990...2999).map { response($0) })
    }
}

func key(_ number: Int) -> RequestKey { RequestKey(SHA256.digest(of: Array("\(number)".utf8))) }

func response(_ number: Int) -> [UInt8] {
    Array(#"{"status_code":200,"request_id":"é\n","body":{"choices":[{"text":"answer \#(number)"}]}}"#.utf8)
}

func responses(_ log: FileHashLog, _ numbers: ClosedRange<Int>) async throws -> [[UInt8]] {
    var found: [[UInt8]] = []
    for number in numbers {
        guard case .accepted(let stored) = try await log.recall([key(number)])[0] else { continue }
        if let response = try await log.response(at: stored.locator, for: key(number)) { found.append(response) }
    }
    return found
}
