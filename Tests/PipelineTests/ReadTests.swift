import BatchCore
import DurableFiles
import Pipeline
import SystemPackage
import TestSupport
import Testing

@Suite("A file that is read in pieces, several at a time, is read as one", .timeLimit(.minutes(6)))
struct ReadTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func read(_ text: String, chunkBytes: Int, canary: Int = 3) async throws -> PlannedReading {
        let path = directory.path.appending("input.jsonl")
        try DurableFile.publish(Array(text.utf8), to: path, replacing: true, durable: false)
        let policies = Policies.test(canary: canary)
        let reader = InputReader(
            policies.readRules(policies.lane, uid: 0, dayCap: Cap()),
            limits: policies.shardLimits(policies.lane, dayCap: Cap()), hashLog: nil, isRetry: false,
            now: Timestamp(seconds: 0), keepsEntries: true, scratchIn: directory.path, chunkBytes: chunkBytes)
        return try await reader.read(path)
    }

    /// What a person would say of a reading: every line, what became of it, and the shards.
    private func story(_ planned: PlannedReading) -> [String] {
        planned.reading.entries.map { "\($0.line) at \($0.offset), \($0.length) bytes: \($0.request.key.hex)" }
            + planned.reading.refused.map { "\($0.line) at \($0.offset), \($0.length) bytes: \($0.refusal)" }
            + planned.plan.shards.map { "\($0.number) \($0.role) \($0.kind): \(Array($0.lines)), \($0.worstCase)" }
            + planned.reading.entries.compactMap { entry in
                planned.plan.duplicates[entry.line].map { "\(entry.line) is \($0)" }
            } + [planned.reading.fileRefusal ?? "", "\(planned.savedInFile)"]
    }

    /// Lines of every sort: good, duplicate, blank, bad, with a carriage return, with a custom_id that stands twice.
    private func file(_ random: inout SeededGenerator) -> String {
        var text = Bool.random(using: &random) ? "\u{FEFF}" : ""
        for number in 0..<Int.random(in: 0...60, using: &random) {
            switch Int.random(in: 0..<12, using: &random) {
            case 0: text += "\n"
            case 1: text += " \r\n"
            case 2: text += "{\"custom_id\":\n"
            case 3: text += line("p\(number)", model: "nobody") + "\n"
            case 4: text += line("p\(number)", id: "p\(number / 3)") + "\n"
            case 5: text += line("p\(number / 2)", id: "again\(number)") + "\r\n"
            case 6: text += line(String(repeating: "x", count: 200) + "\(number)") + "\n"
            case 7: text += line("p\(number)", model: "n") + "\n"
            default: text += line("p\(number)") + "\n"
            }
        }
        switch Int.random(in: 0..<3, using: &random) {
        case 0: text += line("last")
        case 1: text += line("cut").dropLast(5)
        default: break
        }
        return text
    }

    @Test("random files in pieces of random sizes", arguments: UInt64(0)..<40)
    func pieces(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let text = file(&random)
        let whole = story(try await read(text, chunkBytes: 1 << 20))
        for _ in 0..<4 {
            let bytes = Int.random(in: 1...400, using: &random)
            #expect(try await story(read(text, chunkBytes: bytes)) == whole, "seed \(seed), pieces of \(bytes) bytes")
        }
    }

    @Test("a last line that is cut is found where it reaches over pieces, and begins none of them")
    func cut() async throws {
        let text = line("a") + "\n" + line(String(repeating: "b", count: 1000)).dropLast(3)
        let refusal = try await read(text, chunkBytes: 100).reading.fileRefusal
        #expect(refusal == "line 2 is cut: the delivery broke off; deliver the file again")
    }

    @Test("more lines than the tables begin with: every duplicate, and no other line, is one")
    func grown() async throws {
        let count = 9_000
        var random = SeededGenerator(seed: 5)
        let numbers = (0..<count).map { $0 % 5 == 4 ? Int.random(in: 0..<$0, using: &random) : $0 }
        var text = ""
        text.reserveCapacity(count * 110)
        for (place, number) in numbers.enumerated() { text += line("\(number)", id: "id\(place)") + "\n" }
        let planned = try await read(text, chunkBytes: 1 << 20)
        var firsts: [Int: Int] = [:]
        var wrong = 0
        for (place, number) in numbers.enumerated() {
            let first = firsts[number]
            if first == nil { firsts[number] = place + 1 }
            if planned.plan.duplicates[place + 1] != first { wrong += 1 }
        }
        #expect(wrong == 0)
        #expect(planned.reading.good == count && planned.plan.duplicates.count == count - firsts.count)
        let inShards = planned.plan.shards.reduce(0) { $0 + $1.lines.count }
        #expect(inShards == firsts.count)
    }

    @Test("bad lines beyond what any rest could make up for: reading stops, and the rest is counted")
    func stops() async throws {
        let text = line("a") + "\n" + String(repeating: "x\n\n", count: 200_000) + line("b") + "\n"
        let planned = try await read(text, chunkBytes: 4096)
        #expect(planned.reading.total == 200_002)
        #expect(planned.reading.refused.count == 10_000 && planned.reading.entries.isEmpty)
        let refusal = try #require(planned.reading.fileRefusal)
        #expect(refusal.contains("lines are bad, more than bad_lines = 0.5 allows, whatever follows"))
    }

    @Test("as many bad lines as a rest of the shortest requests can still make up for are read to the end")
    func goesOn() async throws {
        let shortest = #"{"custom_id":"a","method":"POST","url":"/v1/embeddings","body":{"model":"m","input":""}}"#
        let text = String(repeating: "x\n", count: 12_000) + String(repeating: shortest + "\n", count: 12_000)
        let planned = try await read(text, chunkBytes: 4096)
        #expect(planned.reading.fileRefusal == nil && planned.reading.good == 12_000)
    }
}
