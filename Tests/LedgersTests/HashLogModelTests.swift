import BatchCore
import Ledgers
import TestSupport
import Testing

@Suite("The hash log is a dictionary that survives a crash at any byte")
struct HashLogModelTests {
    private enum Known: Equatable {
        case answer(Int)
        case defect
    }

    @Test("random calls, restarts and crashes against a dictionary", arguments: UInt64(0)..<25)
    func anyOrder(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let directory = try LedgerDirectory()
        var log = try directory.hashLog()
        var model: [Int: Known] = [:]
        for step in 0..<25 {
            let numbers = (0..<Int.random(in: 1...6, using: &random)).map { _ in Int.random(in: 0..<40, using: &random)
            }
            switch Int.random(in: 0..<8, using: &random) {
            case 0..<4:
                let answers = numbers.map { ($0, Int.random(in: 0..<1000, using: &random)) }
                try await log.accept(answers.map { (key($0.0), response($0.1)) })
                for (number, answer) in answers {
                    if case .answer = model[number] { continue }
                    model[number] = .answer(answer)
                }
            case 4..<6:
                try await log.rememberDefects(numbers.map { key($0) })
                for number in numbers where model[number] == nil { model[number] = .defect }
            case 6: log = try directory.hashLog()
            default:
                // More bytes were on their way when the power went.
                try tear(directory, &random)
                log = try directory.hashLog()
            }
            let complaint = try await difference(log, model, numbers)
            #expect(complaint == nil, "seed \(seed), step \(step)")
        }
        let complaint = try await difference(log, model, Array(0..<40))
        #expect(complaint == nil, "seed \(seed)")
        try await log.verify()
    }

    /// Appends what a write that was cut anywhere leaves.
    private func tear(_ directory: LedgerDirectory, _ random: inout SeededGenerator) throws {
        let name =
            ["keys-000001.log", "answers-000001.jsonl", "defects-000001.log"].randomElement(using: &random) ?? ""
        let bytes = try directory.bytes(name)
        guard !bytes.isEmpty else { return }
        let record =
            name.hasPrefix("answers") ? Array(bytes.prefix { $0 != UInt8(ascii: "\n") }) : Array(bytes.prefix(64))
        let torn = record.prefix(Int.random(in: 0..<record.count, using: &random))
        try directory.write(bytes + torn, name)
    }

    private func difference(_ log: FileHashLog, _ model: [Int: Known], _ numbers: [Int]) async throws -> String? {
        for (number, found) in zip(numbers, try await log.recall(numbers.map { key($0) })) {
            switch (found, model[number]) {
            case (nil, nil), (.defect, .defect): continue
            case (.accepted(let stored), .answer(let answer)):
                guard try await log.response(at: stored.locator, for: key(number)) == response(answer) else {
                    return "\(number) has another answer than \(answer)"
                }
            default: return "\(number): \(String(describing: found)) for \(String(describing: model[number]))"
            }
        }
        return nil
    }
}
