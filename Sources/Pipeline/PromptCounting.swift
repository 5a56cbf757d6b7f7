import BatchCore
import DurableFiles
import Spooling

extension JobRun {
    /// Prompts of a job that are counted one by one. Where each request has a prompt of its own, none of them is a
    /// template, and a chart of each would say nothing.
    private static let mostPrompts = 16

    /// How the answers that this job paid for were found, by the model that gave them and the prompt; the most
    /// frequent first, behind them those of the others together.
    func prompts(_ judged: [Int: JudgedShard]) throws -> [PromptCount] {
        struct Series: Hashable {
            let model: String
            let prompt: String
        }
        var counts: [Series: PromptCount] = [:]
        for shard in judged.values {
            for line in shard.shard.lines {
                let answers = shard.paidAnswers(to: line)
                guard !answers.isEmpty, let entry = reading.entry(ofLine: line) else { continue }
                let prompt = try input.promptTemplate(of: entry)
                for (model, isDefective) in answers {
                    counts[Series(model: model, prompt: prompt), default: PromptCount(model: model, prompt: prompt)]
                        .add(checked: 1, defects: isDefective ? 1 : 0)
                }
            }
        }
        let inOrder = counts.values.sorted {
            ($1.checked, $0.model, $0.prompt) < ($0.checked, $1.model, $1.prompt)
        }
        var others: [String: PromptCount] = [:]
        for count in inOrder.dropFirst(Self.mostPrompts) {
            others[count.model, default: PromptCount(model: count.model, prompt: PromptCount.others)]
                .add(checked: count.checked, defects: count.defects)
        }
        return inOrder.prefix(Self.mostPrompts) + others.values.sorted { $0.model < $1.model }
    }
}

extension JudgedShard {
    /// What models answered to a line for money, the first answer and the second: one is asked for where the first is
    /// defective, however good it is itself.
    fileprivate func paidAnswers(to line: Int) -> [(model: String, isDefective: Bool)] {
        let (first, second) = (answers.entries[line]?.outcome, answers.second.answer(to: line)?.outcome)
        let isDefective = defects[line] != nil  // the answer that counts
        var paid: [(String, Bool)] = []
        if let first, first.result == .answered { paid.append((first.model, second != nil || isDefective)) }
        if let second, second.result == .answered { paid.append((second.model, isDefective)) }
        return paid
    }
}
