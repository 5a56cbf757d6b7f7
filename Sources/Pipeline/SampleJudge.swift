import BatchCore
import DurableFiles
import Gates
import Spooling

/// Who is asked about the sampled answers of one shard. What was said is on disk when `ask` returns, so that after any
/// crash the same is said again, and nobody is asked twice.
protocol SampleJudge: Sendable {
    /// - Parameter lines: of the shard, with answers.
    mutating func ask(_ lines: [Int]) async throws -> SampleVerdicts

    func close() async throws
}

struct SampleVerdicts: Sendable {
    /// By line, of those that did not pass.
    var defects: [Int: Defect] = [:]
    /// Why there is no verdict on one of them; nil: there is one on each.
    var hindrance: ParkReason?

    /// - Returns: why there is none.
    mutating func add(_ judgement: Judgement, on line: Int) -> String? {
        switch judgement {
        case .pass: return nil
        case .fail(let reason): defects[line] = Defect(check: ShardEvidence.judge, reason: reason)
        case .none(let reason): return "on line \(line): \(reason)"
        }
        return nil
    }
}

extension ShardRun {
    /// How long a job waits before a judge that gave no verdict is asked again.
    static let judgePause = Duration.seconds(60)

    func judge(_ policy: JudgePolicy, _ questions: JudgeQuestions) async throws -> any SampleJudge {
        switch policy {
        case .program(let program): try JudgingProgram(of: self, program, questions)
        case .model(let model): try await JudgingModel(of: self, model, questions)
        }
    }

    /// The job waits for its judge.
    /// - Parameter isAskedAgain: false: it would say the same, or cost the same, until a person has done something.
    func parked(by judge: String, _ reason: String, isAskedAgain: Bool = true) -> ParkReason {
        if run.isHalted { return .stopping }
        return .judge(name: judge, reason: reason, until: isAskedAgain ? run.services.now() + Self.judgePause : nil)
    }
}

/// What a judge is told of the answers of a shard.
struct JudgeQuestions: Sendable {
    private let run: JobRun
    private let url: RequestURL
    private let answers: CountingAnswers
    private let stored: StoredOutcomes

    init(about shard: ShardRun, _ answers: CountingAnswers) {
        run = shard.run
        url = shard.shard.kind.url
        self.answers = answers
        stored = StoredOutcomes(shard.run.directory)
    }

    /// The response member of the answer that counts.
    func response(to line: Int) throws -> [UInt8] {
        try answers[line].flatMap { try stored.outcome($0).response } ?? []
    }

    /// The request as it was delivered, and the body of the response.
    func question(about line: Int, response: [UInt8]) throws -> JudgeQuestion {
        // A line that was sent may be refused by the configuration of today.
        let refused = run.reading.refused.first { $0.line == line }.map { ($0.offset, $0.length) }
        guard let (offset, length) = run.reading.entry(ofLine: line).map({ ($0.offset, $0.length) }) ?? refused else {
            throw JobDamage(file: run.directory.input, reason: "line \(line) has an answer and is not there")
        }
        let text = try run.input.bytes(at: offset, length: length)
        var tape = JSONTape()
        do { try tape.scan(text.span) } catch {
            throw JobDamage(file: run.directory.input, reason: "line \(line) has an answer and is no JSON")
        }
        let customID = tape.member("custom_id", of: JSONTape.root, in: text.span)
        let body = tape.member("body", of: JSONTape.root, in: text.span)
        let answer = ResponseMember.answer(in: response, url: url)
        return JudgeQuestion(
            customID: customID.flatMap { tape.string($0, in: text.span) }, url: url.rawValue,
            request: body.map { Array(text[tape.bytes($0)]) } ?? Array("null".utf8),
            response: ResponseMember.body(of: response) ?? Array("null".utf8),
            text: answer?.text ?? "", callsTool: answer?.choices.contains { $0.calledTool } ?? false)
    }
}

extension ParsedAnswer {
    /// The texts of the choices, one under the other.
    fileprivate var text: String { choices.map(\.text).joined(separator: "\n") }
}
