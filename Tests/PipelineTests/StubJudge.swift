import BatchCore
import Gates
import Pipeline
import Synchronization

/// A judge that does as a script says, and remembers what it was asked about.
final class StubJudge: AnswerJudge {
    typealias Script = @Sendable (JudgeQuestion) -> Judgement

    private let questions = Mutex<[JudgeQuestion]>([])
    private let script: Script

    init(_ script: @escaping Script = { _ in .pass }) {
        self.script = script
    }

    var asked: [JudgeQuestion] { questions.withLock { $0 } }
    var ids: [String] { asked.map { $0.customID ?? "-" } }

    func judge(
        _ question: JudgeQuestion, by policy: JudgeProgram, unless isStopping: @escaping @Sendable () -> Bool
    ) async -> Judgement {
        questions.withLock { $0.append(question) }
        return script(question)
    }
}

extension Policies {
    /// Shards of forty lines, no canary, and a judge.
    static func judged(by command: String = "/judge", _ change: (inout GatePolicy) -> Void = { _ in }) -> Policies {
        var gate = GatePolicy()
        gate.canaryLines = 0
        gate.checks.mustMatch = ["^Echo"]
        gate.judge = .program(JudgeProgram(exec: [command], directory: "/"))
        change(&gate)
        return .test {
            $0.gates = .checked(gate)
            $0.lane.shardLines = 40
        }
    }
}
