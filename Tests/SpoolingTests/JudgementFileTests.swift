import BatchCore
import DurableFiles
import Spooling
import SystemPackage
import Testing

@Suite("A verdict that is on disk is found again, by line, answer and judge")
struct JudgementFileTests {
    private let spool: TestSpool
    private let path: FilePath

    init() throws {
        spool = try TestSpool()
        path = spool.spool.root.appending("0001.judge.jsonl")
    }

    private func verdict(_ line: Int, _ answer: String = "a", by judge: String = "/judge") -> JudgementFile.Verdict {
        JudgementFile.Verdict(
            line: line, answer: SHA256.digest(of: Array(answer.utf8)), judge: judge, isPassed: line % 2 == 0,
            reason: line % 2 == 0 ? "" : "it is \"odd\"\n")
    }

    private func find(_ file: JudgementFile, _ wanted: JudgementFile.Verdict) async -> JudgementFile.Verdict? {
        await file.verdict(on: wanted.line, answer: wanted.answer, by: wanted.judge)
    }

    @Test("after a restart, and not for another answer or another judge")
    func found() async throws {
        let file = try JudgementFile(path)
        for line in 1...4 { try await file.append(verdict(line)) }
        try await file.close()
        let again = try JudgementFile(path)
        for line in 1...4 { #expect(await find(again, verdict(line)) == verdict(line)) }
        #expect(await find(again, verdict(5)) == nil)
        #expect(await find(again, verdict(1, "b")) == nil)
        #expect(await find(again, verdict(1, by: "/other")) == nil)
    }

    @Test("a torn last line is cut, wherever it is torn")
    func torn() async throws {
        let file = try JudgementFile(path)
        for line in 1...2 { try await file.append(verdict(line)) }
        try await file.close()
        let whole = try DurableFile.read(path) ?? []
        let second = (whole.firstIndex(of: UInt8(ascii: "\n")) ?? 0) + 1
        for length in [second, second + 1, second + 40, whole.count - 1] {
            try DurableFile.publish(Array(whole.prefix(length)), to: path)
            let torn = try JudgementFile(path)
            #expect(await find(torn, verdict(1)) == verdict(1))
            #expect(await find(torn, verdict(2)) == nil)
            try await torn.append(verdict(2))
            try await torn.close()
            #expect(try DurableFile.read(path) == whole)
        }
    }

    @Test("damage in the middle stops the job")
    func damaged() async throws {
        let file = try JudgementFile(path)
        for line in 1...2 { try await file.append(verdict(line)) }
        try await file.close()
        let whole = try DurableFile.read(path) ?? []
        try DurableFile.publish(Array("{}\n".utf8) + whole, to: path)
        #expect(throws: JobDamage.self) { try JudgementFile(path) }
    }
}
