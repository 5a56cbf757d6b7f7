import BatchCore
import DurableFiles
import Spooling

extension JobRun {
    /// Prompts of a job that are counted one by one. Where each request has a prompt of its own, none of them is a
    /// template, and a chart of each would say nothing.
    private static let mostPrompts = 16
    /// Those that come later in a job of so many are not even counted one by one: they may be as many as its lines.
    private static let mostSeen = 1024

    /// How the answers that this job paid for were found, by the model that gave them and the prompt; the most
    /// frequent first, behind them those of the others together.
    func prompts(_ judged: [Int: JudgedShard]) throws -> [PromptCount] {
        struct Series: Hashable {
            let model: String
            let prompt: String
        }
        var counts: [Series: PromptCount] = [:]
        for (_, shard) in judged.sorted(by: { $0.key < $1.key }) {
            for line in shard.shard.lines {
                let answers = shard.paidAnswers(to: line)
                guard !answers.isEmpty, let entry = reading.entry(ofLine: line) else { continue }
                let prompt = try input.promptTemplate(of: entry)
                for (model, isDefective) in answers {
                    var series = Series(model: model, prompt: prompt)
                    if counts.count >= Self.mostSeen, counts[series] == nil {
                        series = Series(model: model, prompt: PromptCount.others)
                    }
                    counts[series, default: PromptCount(model: series.model, prompt: series.prompt)]
                        .add(checked: 1, defects: isDefective ? 1 : 0)
                }
            }
        }
        let inOrder = counts.values.sorted {
            ($1.checked, $0.model, $0.prompt) < ($0.checked, $1.model, $1.prompt)
        }
        var others: [String: PromptCount] = [:]
        let kept = inOrder.filter { $0.prompt != PromptCount.others }.prefix(Self.mostPrompts)
        for count in inOrder where !kept.contains(count) {
            others[count.model, default: PromptCount(model: count.model, prompt: PromptCount.others)]
                .add(checked: count.checked, defects: count.defects)
        }
        return kept + others.values.sorted { $0.model < $1.model }
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
