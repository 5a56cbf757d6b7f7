import BatchCore
import DurableFiles
import Spooling

extension JobRun {
    /// Prompts of a job that are counted one by one. Where each request has a prompt of its own, none of them is a
    /// template, and a chart of each would say nothing.
    private static let mostPrompts = 16
    private static let mostSeen = 1024

    /// How the answers that this job paid for were found, by the model that gave them and the prompt.
    func prompts(_ judged: [Int: JudgedShard]) throws -> [PromptCount] {
        struct Series: Hashable {
            let model: String
            let prompt: String
        }
        var counts: [Series: PromptCount] = [:]
        for (_, shard) in judged.sorted(by: { $0.key < $1.key }) {
            for line in shard.shard.lines {
                guard let outcome = shard.answers.entries[line]?.outcome, outcome.result == .answered,
                    let entry = reading.entry(ofLine: line)
                else { continue }
                var series = Series(model: outcome.model, prompt: try input.promptTemplate(of: entry))
                if counts[series] == nil, counts.count >= Self.mostSeen {
                    series = Series(model: outcome.model, prompt: PromptCount.others)
                }
                counts[series, default: PromptCount(model: series.model, prompt: series.prompt)].checked += 1
                if shard.defects[line] != nil { counts[series]?.defects += 1 }
            }
        }
        let inOrder = counts.values.sorted {
            ($1.checked, $0.model, $0.prompt) < ($0.checked, $1.model, $1.prompt)
        }
        var kept = Array(inOrder.prefix(Self.mostPrompts))
        for count in inOrder.dropFirst(Self.mostPrompts) {
            let others = PromptCount(model: count.model, prompt: PromptCount.others)
            let place = kept.firstIndex { ($0.model, $0.prompt) == (others.model, others.prompt) }
            if place == nil { kept.append(others) }
            let last = place ?? kept.count - 1
            kept[last].checked += count.checked
            kept[last].defects += count.defects
        }
        return kept
    }
}
