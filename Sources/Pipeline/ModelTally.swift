import BatchCore
import Spooling

/// The figures of a job by model, put together from the fates of its lines.
struct ModelTally {
    private let run: JobRun
    private let attempts: [Int: Int]
    private var models: [String: Figures] = [:]
    /// What requests of a kind came to that were sent, and how many they were.
    private var sent: [RequestKind: (cost: Amount, requests: Int)] = [:]
    /// Lines of a kind that were never sent for what stands as the code.
    private var heldBack: [HeldBack: (lines: Int, worstCase: Amount)] = [:]

    private struct HeldBack: Hashable {
        let kind: RequestKind
        let code: LineRefusal.Code
    }

    /// - Parameter judging: belongs to the models that judged, and is part of what the job has cost.
    init(of run: JobRun, _ judging: JudgeCosts) async {
        self.run = run
        attempts = run.attempts.attemptsByLine
        let unknown = run.attempts.unknownByModel.merging(judging.unknown, uniquingKeysWith: +)
        for (model, lost) in unknown { models[model, default: Figures()].unknown += lost }
        for (model, spent) in judging.spent { models[model, default: Figures()].spent += spent }
        for (model, usage) in judging.usage { models[model, default: Figures()].usage += usage }
    }

    mutating func add(_ fate: LineFate) {
        // It may be of the model whose figures are changed below.
        if let replaced = fate.replaced {
            models[replaced.model, default: Figures()].spent += replaced.spent.usd
            models[replaced.model, default: Figures()].usage += replaced.usage
        }
        let model = model(of: fate)
        var figures = models[model, default: Figures()]
        defer { models[model] = figures }
        figures.lines += 1
        if fate.isWorthReprocessing { figures.reprocessedLines += 1 }
        if case .output = fate.end, !fate.isRejected { figures.acceptedAnswers += 1 }
        let attempts = attempts[fate.line] ?? 0
        figures.resentLines += max(attempts - 1, 0)
        if let kind = fate.request?.kind, attempts > 0 {
            sent[kind, default: (.zero, 0)].cost += fate.outcome?.spent ?? .zero
            sent[kind, default: (.zero, 0)].cost += fate.replaced?.spent ?? .zero
            sent[kind, default: (.zero, 0)].requests += 1
        }
        if case .refused(let refusal) = fate.end { holdBack(fate, refusal.code) }
        guard let outcome = fate.outcome else {
            figures.refused += 1
            return
        }
        figures.spent += outcome.spent.usd
        switch outcome.result {
        case .answered:
            figures.answered += 1
            figures.usage += outcome.usage
        case .reused:
            figures.unsentLines += 1
            figures.without.deduplication += Amount(usd: run.saved(outcome, fate), tokens: outcome.usage.total)
        case .failed: figures.failed += 1
        case .refused: figures.refused += 1
        }
    }

    private mutating func holdBack(_ fate: LineFate, _ code: LineRefusal.Code) {
        guard code == .canaryRejected || code == .budgetExhausted, let request = fate.request else { return }
        let key = HeldBack(kind: request.kind, code: code)
        heldBack[key, default: (0, .zero)].lines += 1
        heldBack[key, default: (0, .zero)].worstCase += request.worstCase
    }

    /// - Parameters:
    ///   - rejected: the shards that the gate sent back.
    ///   - parks: what the job has waited for.
    /// - Returns: figures by the name of a model; their sum is that of the job.
    consuming func figures(rejected: [ShardPlan.Shard], parks: [ParkNote]) -> [String: Figures] {
        for shard in rejected { models[firstModel(of: shard.kind), default: Figures()].reprocessedShards += 1 }
        for park in parks where park.cause == .budget {
            models[park.model, default: Figures()].budgetExceeded += 1
        }
        for (key, held) in heldBack {
            let (cost, requests) = sent[key.kind] ?? (.zero, 0)
            let estimate = WithoutBobbin.estimate(
                of: held.lines, sent: cost, among: requests, worstCase: held.worstCase)
            let model = firstModel(of: key.kind)
            if key.code == .canaryRejected {
                models[model, default: Figures()].without.canary += estimate
                models[model, default: Figures()].without.canaryLines += held.lines
            } else {
                models[model, default: Figures()].without.caps += estimate
                models[model, default: Figures()].without.capsLines += held.lines
            }
        }
        let job = models.values.reduce(Figures(), +)
        for (model, figures) in models {
            if job.failed > 0 || job.resentLines > 0 { models[model]?.without.resentLines = figures.lines }
            if job.reprocessedLines > 0 { models[model]?.without.reprocessedLines = figures.lines }
        }
        return models
    }

    /// The model that a line was sent to; of one that was not sent, the one that it would have been sent to first.
    private func model(of fate: LineFate) -> String {
        let told = fate.outcome?.model ?? ""
        // A reused answer is told of the name that was asked for. A route is no model.
        if let kind = fate.request?.kind, told.isEmpty || told == kind.model { return firstModel(of: kind) }
        return run.policies.catalogue.selection(named: told)?.candidates.first?.name ?? told
    }

    private func firstModel(of kind: RequestKind) -> String {
        run.policies.catalogue.candidates(of: kind).first?.name ?? kind.model
    }
}
