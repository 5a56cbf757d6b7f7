import BatchCore
import Spooling

/// The two sides of each trial in a job, put together from the fates of its lines.
struct TrialTally {
    private let unknown: [Int: Amount]
    /// The model on trial, by route.
    private let models: [String: String]
    private var trials: [String: TrialReport] = [:]

    init(of run: JobRun) async {
        unknown = run.attempts.unknownByLine
        var models = run.policies.catalogue.routes.compactMapValues { $0.trial?.model }
        // What was tried when the job was planned is told also when the trial is over.
        for shard in run.plan.shards where shard.kind.isTrial { models[shard.kind.model] = shard.kind.models?.first }
        self.models = models
    }

    mutating func add(_ fate: LineFate) {
        guard !models.isEmpty, let kind = fate.request?.kind, let model = models[kind.model] else { return }
        var side = TrialReport.Side()
        side.figures.lines = 1
        if case .output = fate.end, !fate.isRejected { side.figures.acceptedAnswers = 1 }
        side.figures.unknown = unknown[fate.line] ?? .zero
        for outcome in [fate.replaced, fate.outcome].compactMap(\.self) {
            side.figures.spent += outcome.spent.usd
            if outcome.result == .answered { side.figures.usage += outcome.usage }
        }
        switch fate.outcome?.result {
        case .answered:
            side.figures.answered = 1
            if fate.replaced != nil || fate.defect != nil { side.defective = 1 }
        case .reused: side.figures.unsentLines = 1
        case .failed: side.figures.failed = 1
        case .refused, nil: side.figures.refused = 1
        }
        var report = trials[kind.model] ?? TrialReport(route: kind.model, model: model)
        if isTried(fate, kind, model) { report.trial += side } else { report.others += side }
        trials[kind.model] = report
    }

    private func isTried(_ fate: LineFate, _ kind: RequestKind, _ model: String) -> Bool {
        guard let first = fate.replaced ?? fate.outcome, first.result == .answered || first.result == .failed,
            !first.model.isEmpty
        else { return kind.isTrial }
        return first.model == model
    }

    /// By route.
    var reports: [TrialReport] { TrialReport.sums(of: trials.values) }
}
