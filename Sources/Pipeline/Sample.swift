import BatchCore
import DurableFiles
import Gates
import Spooling

/// The second half of step 10: a judge looks at a sample of the answers that passed every check.
extension ShardRun {
    /// - Parameter passed: lines, in the order of the input: the lot.
    /// - Returns: nil: the lane has no judge.
    func sample(_ passed: [Int], _ answers: CountingAnswers) async throws -> ShardSample.End? {
        guard let policy = run.gate.policy.judge, !passed.isEmpty else { return nil }
        let verdicts = try JudgementFile(run.directory.judgements(shard.number))
        let sample = ShardSample(
            shard: self, policy: policy, answers: answers, verdicts: verdicts, input: try LineFile(run.directory.input))
        let end = try await sample.inspect(passed)
        try await verdicts.close()
        return end
    }
}

/// What was judged is on disk before the sampling plan hears of it: the same verdict after any crash, and nobody asked
/// twice. Trouble with the judge is no verdict: the shard waits, however many answers have passed.
struct ShardSample: Sendable {
    /// How long a job waits before a judge that gave no verdict is asked again.
    static let pause = Duration.seconds(60)

    enum End: Sendable {
        case decided(Found)
        case parked(ParkReason)
    }

    struct Found: Sendable {
        var isAccepted: Bool
        var figures: SampleFigures
        /// By line.
        var defects: [Int: Defect]
    }

    let shard: ShardRun
    let policy: JudgePolicy
    let answers: CountingAnswers
    let verdicts: JudgementFile
    let input: LineFile

    private var run: JobRun { shard.run }

    func inspect(_ lot: [Int]) async throws -> End {
        var inspection = LotInspection(
            run.gate.policy.sample, lot: lot.count, seed: LotInspection.seed(job: run.job, shard: shard.shard.number))
        var defects: [Int: Defect] = [:]
        while inspection.decision == nil {
            let asked = inspection.next
            let answers = try await ask(asked.map { lot[$0] })
            if let trouble = answers.trouble { return .parked(reason(trouble)) }
            for position in asked {
                let defect = answers.defects[lot[position]]
                if let defect { defects[lot[position]] = defect }
                inspection.record(position, isDefective: defect != nil)
            }
        }
        var figures = SampleFigures(plan: inspection.plan.words)
        figures.sampled = inspection.inspected
        figures.defective = inspection.defective
        return .decided(
            Found(isAccepted: inspection.decision == .accepted, figures: figures, defects: defects))
    }

    private func reason(_ trouble: String) -> ParkReason {
        if run.isHalted { return .stopping }
        return .judge(command: policy.command, reason: trouble, until: run.services.now() + Self.pause)
    }

    private struct Answers {
        var defects: [Int: Defect] = [:]
        /// Why there is no verdict on one of them.
        var trouble: String?
    }

    /// As many at a time as the judge has workers. Once it gives no verdict nothing more is asked: who waits ten
    /// seconds for each of two hundred answers has waited for nothing.
    private func ask(_ lines: [Int]) async throws -> Answers {
        try await withThrowingTaskGroup(of: (Int, Judgement).self) { group in
            var waiting = lines[...]
            var answers = Answers()
            func startNext() {
                guard answers.trouble == nil, let line = waiting.popFirst() else { return }
                group.addTask { (line, try await judge(line)) }
            }
            for _ in 0..<policy.workers { startNext() }
            while let (line, judgement) = try await group.next() {
                switch judgement {
                case .pass: break
                case .fail(let reason): answers.defects[line] = Defect(check: "judge", reason: reason)
                case .none(let reason): answers.trouble = answers.trouble ?? "on line \(line): \(reason)"
                }
                startNext()
            }
            return answers
        }
    }

    private func judge(_ line: Int) async throws -> Judgement {
        let response = try answers.outcome(of: line)?.response ?? []
        let digest = SHA256.digest(of: response)
        if let known = await verdicts.verdict(on: line, answer: digest, by: policy.command) {
            return known.isPassed ? .pass : .fail(reason: known.reason)
        }
        if run.isHalted { return .none(because: "the work stops") }
        let question = try run.question(line: line, in: input, url: shard.shard.kind.url, response: response)
        let judgement = await run.services.judge.judge(question, by: policy) { [run] in run.isHalted }
        var verdict = JudgementFile.Verdict(line: line, answer: digest, judge: policy.command, isPassed: true)
        switch judgement {
        case .pass: break
        case .fail(let reason): (verdict.isPassed, verdict.reason) = (false, reason)
        case .none: return judgement
        }
        try await verdicts.append(verdict)
        return judgement
    }
}

extension JobRun {
    /// What a judge is told of an answer: the request as it was delivered, and the body of the response.
    fileprivate func question(line: Int, in file: LineFile, url: RequestURL, response: [UInt8]) throws -> JudgeQuestion
    {
        // A line that was sent may be refused by the configuration of today.
        let refused = reading.refused.first { $0.line == line }.map { ($0.offset, $0.length) }
        guard let (offset, length) = reading.entry(ofLine: line).map({ ($0.offset, $0.length) }) ?? refused else {
            throw JobDamage(file: directory.input, reason: "line \(line) has an answer and is not there")
        }
        let text = try file.read(at: offset, length: length)
        var tape = JSONTape()
        do { try tape.scan(text.span) } catch {
            throw JobDamage(file: directory.input, reason: "line \(line) has an answer and is no JSON")
        }
        let customID = tape.member("custom_id", of: JSONTape.root, in: text.span)
        let body = tape.member("body", of: JSONTape.root, in: text.span)
        return JudgeQuestion(
            customID: customID.flatMap { tape.string($0, in: text.span) }, url: url.rawValue,
            request: body.map { Array(text[tape.bytes($0)]) } ?? Array("null".utf8),
            response: ResponseMember.body(of: response) ?? Array("null".utf8),
            text: ResponseMember.answer(in: response, url: url)?.text ?? "")
    }
}

extension ParsedAnswer {
    /// The texts of the choices, one under the other.
    fileprivate var text: String { choices.map(\.text).joined(separator: "\n") }
}
