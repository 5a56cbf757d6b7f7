import BatchCore
import Gates
import Spooling

/// A program that judges, and `shards/NNNN.judge.jsonl`, where its verdicts stand.
struct JudgingProgram: SampleJudge {
    private let shard: ShardRun
    private let program: JudgeProgram
    private let questions: JudgeQuestions
    private let verdicts: JudgementFile

    init(of shard: ShardRun, _ program: JudgeProgram, _ questions: JudgeQuestions) throws {
        self.shard = shard
        self.program = program
        self.questions = questions
        verdicts = try JudgementFile(shard.run.directory.judgements(shard.shard.number))
    }

    private var run: JobRun { shard.run }

    /// As many at a time as the judge has workers. Once it gives no verdict nothing more is asked: who waits ten
    /// seconds for each of two hundred answers has waited for nothing.
    func ask(_ lines: [Int]) async throws -> SampleVerdicts {
        try await withThrowingTaskGroup(of: (Int, Judgement).self) { group in
            var waiting = lines[...]
            var found = SampleVerdicts()
            func startNext() {
                guard found.hindrance == nil, let line = waiting.popFirst() else { return }
                group.addTask { (line, try await judge(line)) }
            }
            for _ in 0..<program.workers { startNext() }
            while let (line, judgement) = try await group.next() {
                if let trouble = found.add(judgement, on: line), found.hindrance == nil {
                    found.hindrance = shard.parked(by: program.command, trouble)
                }
                startNext()
            }
            return found
        }
    }

    private func judge(_ line: Int) async throws -> Judgement {
        let response = try questions.response(to: line)
        let digest = SHA256.digest(of: response)
        if let known = await verdicts.verdict(on: line, answer: digest, by: program.command) {
            return known.isPassed ? .pass : .fail(reason: known.reason)
        }
        if run.isHalted { return .none(because: "the work stops") }
        let question = try questions.question(about: line, response: response)
        let judgement = await run.services.judge.judge(question, by: program) { [run] in run.isHalted }
        var verdict = JudgementFile.Verdict(line: line, answer: digest, judge: program.command, isPassed: true)
        switch judgement {
        case .pass: break
        case .fail(let reason): (verdict.isPassed, verdict.reason) = (false, reason)
        case .none: return judgement
        }
        try await verdicts.append(verdict)
        return judgement
    }

    func close() async throws { try await verdicts.close() }
}
