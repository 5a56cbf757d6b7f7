import BatchCore
import DurableFiles
import Gates
import Ledgers
import Spooling

/// A model that judges. What it is asked about a shard is a shard of its own, whose requests stand in a file of their
/// own: reserved, sent, settled and recovered like any, and taken from the hash log where it was asked before.
struct JudgingModel: SampleJudge {
    private let shard: ShardRun
    private let model: JudgeModel
    private let questions: JudgeQuestions
    private let number: Int
    private let rules: ReadRules
    private let attempts: AttemptLog
    private let outcomes: ShardFile
    private var requests: RequestFile

    init(of shard: ShardRun, _ model: JudgeModel, _ questions: JudgeQuestions) async throws {
        let run = shard.run
        self.shard = shard
        self.model = model
        self.questions = questions
        number = run.plan.judgeNumber(of: shard.shard)
        let dayCap = await run.services.ledger.roomiestCap(on: run.today)
        rules = run.policies.readRules(run.lane, uid: run.record.uid, dayCap: dayCap)
        requests = try RequestFile(run.directory.requests(number))
        attempts = try AttemptLog(run.directory.requestAttempts(number))
        outcomes = try ShardFile(run.directory.shard(number))
    }

    func close() async throws {
        try await requests.close()
        try await attempts.close()
        try await outcomes.close()
    }

    /// Each is asked about at most twice: a model that has written no verdict is reminded of the form once. After that
    /// only a change of the configuration makes another request of it, for which money would be spent.
    mutating func ask(_ lines: [Int]) async throws -> SampleVerdicts {
        var found = SampleVerdicts()
        var trouble: String?
        var isAnswered = false
        var open = lines
        for isReminder in [false, true] where !open.isEmpty {
            let asked = try await send(open, isReminder: isReminder)
            if let hindrance = asked.hindrance {
                found.hindrance = hindrance
                return found
            }
            (trouble, isAnswered) = (nil, asked.isAnswered)
            var unjudged: [Int] = []
            for (line, judgement) in zip(open, asked.judgements) {
                guard let reason = found.add(judgement, on: line) else { continue }
                trouble = trouble ?? reason
                unjudged.append(line)
            }
            open = unjudged
        }
        guard var trouble else { return found }
        if isAnswered { trouble += "; it would say so again: change its instructions, its max_tokens or the model" }
        found.hindrance = shard.parked(by: model.name, trouble, isAskedAgain: !isAnswered)
        return found
    }

    private struct Asked {
        /// Of each line, in their order.
        var judgements: [Judgement] = []
        /// Each has an answer, with a verdict or not.
        var isAnswered = false
        var hindrance: ParkReason?
    }

    private mutating func send(_ lines: [Int], isReminder: Bool) async throws -> Asked {
        var texts: [[UInt8]] = []
        for line in lines {
            let question = try questions.question(about: line, response: questions.response(to: line))
            texts.append(ModelQuestion(of: model, about: question).line(isReminder: isReminder))
        }
        let numbers = try await requests.numbers(of: texts)
        var refusals: [Int: LineRefusal] = [:]
        let run = try judging(Set(numbers), &refusals)
        let answered = outcomes.entries
        let keys = Set(run.reading.entries.filter { answered[$0.line] == nil }.map(\.request.key))
        let questions = run.services.questionsInFlight
        guard let hasWaited = await questions.take(keys, orGiveUpIf: { run.isHalted || run.pause != nil }) else {
            return Asked(hindrance: run.hindrance() ?? .stopping)
        }
        do {
            let asked = try await send(numbers, in: run, refusals, hasWaited: hasWaited)
            await questions.giveBack(keys)
            return asked
        } catch {
            await questions.giveBack(keys)
            throw error
        }
    }

    /// The verdicts are in the hash log when it returns, where others find them.
    private func send(
        _ numbers: [Int], in run: JobRun, _ refusals: [Int: LineRefusal], hasWaited: Bool
    ) async throws -> Asked {
        let part = ShardPlan.Shard(
            number: number, role: .judge, kind: kind, lines: LineSet(Set(numbers).sorted()), worstCase: .zero)
        let sending = ShardRun(run, part, outcomes)
        if let hindrance = try await sending.send(hasWaited: hasWaited) { return Asked(hindrance: hindrance) }
        var asked = Asked()
        asked.judgements = try await judgements(of: numbers, in: run, refusals)
        let entries = outcomes.entries
        asked.isAnswered = numbers.allSatisfy { entries[$0] != nil }
        return asked
    }

    private var kind: RequestKind { RequestKind(url: ModelQuestion.url, model: model.name) }

    /// The job as the requests of its judge see it.
    private func judging(_ numbers: Set<Int>, _ refusals: inout [Int: LineRefusal]) throws -> JobRun {
        var run = shard.run
        // What cannot be paid is no verdict: it waits, whatever becomes of lines that cannot be paid.
        run.policies.budget.whenExhausted = .park
        run.isRetry = false
        // Who judges is not tried out on what is judged.
        run.policies.catalogue = run.policies.catalogue.withoutTrials
        run.attempts = attempts
        run.input = try JobInput(requests.path, catalogue: run.policies.catalogue)
        run.reading = Reading()
        var reader = RequestReader(catalogue: run.policies.catalogue)
        for line in requests.lines where numbers.contains(line.number) {
            do throws(LineRefusal) {
                let request = try reader.read(line.bytes.span)
                try rules.check(request)
                run.reading.entries.append(
                    Reading.Entry(
                        line: line.number, offset: line.offset, length: line.bytes.count, request: request))
            } catch {
                refusals[line.number] = error
            }
        }
        return run
    }

    /// What it says; verdicts that were paid for enter the hash log.
    private func judgements(
        of numbers: [Int], in run: JobRun, _ refusals: [Int: LineRefusal]
    ) async throws -> [Judgement] {
        let entries = outcomes.entries
        let file = try LineFile(run.directory.shard(number))
        var judgements: [Judgement] = []
        var paid: [RequestKey: [UInt8]] = [:]
        for number in numbers {
            guard let entry = entries[number] else {
                let reason = refusals[number]?.reason ?? "it was not sent"
                judgements.append(.none(because: "it cannot be asked: \(reason)"))
                continue
            }
            let outcome = try ShardFile.outcome(entry, in: file)
            guard outcome.hasAnswer, let response = outcome.response else {
                let reason = outcome.error?.message ?? "the endpoint answered with an error"
                judgements.append(.none(because: "it gave no answer: \(reason)"))
                continue
            }
            let judgement = Judgement(answer: ResponseMember.answer(in: response, url: ModelQuestion.url))
            judgements.append(judgement)
            if case .none = judgement { continue }
            if outcome.result == .answered, let request = run.reading.entry(ofLine: number)?.request {
                paid[request.key] = response
            }
        }
        try await run.services.hashLog.accept(
            paid.map { ($0.key, $0.value) }, from: AnswerOrigin(job: run.job, uid: run.record.uid, lane: run.lane.name),
            replacing: false, outdated: run.lane.outdated(at: run.services.now()))
        return judgements
    }
}
