package import BatchCore
import DurableFiles

/// A judge that is a program: one process an answer, which comes as JSON on standard input; the verdict is JSON on
/// standard output, `{"verdict": "pass" or "fail", "reason": "..."}`, with exit code 0. Anything else is no verdict.
package struct ProgramJudge: AnswerJudge {
    /// A program that fails once may have met a moment without memory; one that fails twice needs a person.
    private static let tries = 2

    /// They wait for programs, and nothing else of ours waits for them.
    private static let threads = FileExecutor(name: "bobbin-judge", threads: JudgeProgram.workersMax)

    private let slots = JudgeSlots()

    package init() {}

    package func judge(
        _ question: JudgeQuestion, by policy: JudgeProgram, unless isStopping: @escaping @Sendable () -> Bool
    ) async -> Judgement {
        await slots.take(for: policy)
        let judgement = await withTaskExecutorPreference(Self.threads) {
            await ask(question.json, policy, isStopping)
        }
        await slots.giveBack(for: policy)
        return judgement
    }

    private func ask(_ input: [UInt8], _ policy: JudgeProgram, _ isStopping: @Sendable () -> Bool) async -> Judgement {
        var judgement = Judgement.none(because: "it was not asked, since work is stopping")
        for _ in 0..<Self.tries {
            if isStopping() { break }
            let end = SupervisedProgram(policy).run(input, unless: isStopping)
            judgement = Self.judgement(after: end, of: policy)
            guard case .none = judgement else { break }
        }
        return judgement
    }

    static func judgement(after end: SupervisedProgram.End, of policy: JudgeProgram) -> Judgement {
        switch end {
        case .exited(code: 0, let output): Judgement(verdict: output)
        case .exited(let code, _): .none(because: "it ended with exit code \(code)")
        case .killed(let signal): .none(because: "it was ended by signal \(signal)")
        case .notStarted(let reason): .none(because: "it cannot be started: \(reason)")
        case .tookTooLong: .none(because: "it took longer than \(policy.timeout)")
        case .wroteTooMuch: .none(because: "it wrote more than \(SupervisedProgram.outputBytesMax) bytes")
        case .stopped: .none(because: "it was ended, since work is stopping")
        }
    }
}

/// How many programs of one kind run at once, whichever jobs ask: first come, first served.
private actor JudgeSlots {
    private struct Line {
        var running = 0
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private var lines: [JudgeProgram: Line] = [:]

    func take(for policy: JudgeProgram) async {
        if lines[policy, default: Line()].running < policy.workers {
            lines[policy, default: Line()].running += 1
        } else {
            await withCheckedContinuation { lines[policy, default: Line()].waiting.append($0) }
        }
    }

    /// Who waits takes the place over.
    func giveBack(for policy: JudgeProgram) {
        guard var line = lines[policy] else { return }
        if line.waiting.isEmpty { line.running -= 1 } else { line.waiting.removeFirst().resume() }
        lines[policy] = line.running == 0 ? nil : line
    }
}
