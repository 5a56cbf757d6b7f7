import BatchCore
import Gates
import Spooling

extension JobRun {
    /// The verdict over the shards. Those that were never run, since their canary was rejected, are rejected with it.
    func verdict(_ judged: [Int: JudgedShard]) -> JobVerdict {
        let accepted = plan.shards.count { judged[$0.number]?.verdict.isAccepted == true }
        if reading.fileRefusal != nil || accepted == 0 { return .rejected }
        if accepted == plan.shards.count { return .accepted }
        return gate.policy.consequences.allOrNothing ? .rejected : .split
    }

    func report(
        _ judged: [Int: JudgedShard], _ verdict: JobVerdict, _ fates: [LineFate], startedAt: Timestamp
    ) async throws -> JobReport {
        var report = JobReport(
            job: job, name: record.printableName, lane: lane.name, sha256: record.sha256?.hex ?? "", verdict: verdict,
            arrivedAt: record.arrivedAt, claimedAt: record.claimedAt, startedAt: startedAt, finishedAt: services.now())
        report.uid = record.uid
        let judging = try JudgeCosts(of: self)
        var tally = await ModelTally(of: self, judging)
        var trials = await TrialTally(of: self)
        for fate in fates {
            add(fate, to: &report)
            tally.add(fate)
            trials.add(fate)
        }
        report.lines.refused += reading.unlisted
        report.trials = trials.reports
        report.add(judging)
        var evidence = EvidenceReader(run: self)
        for shard in plan.shards {
            guard let judgement = judged[shard.number] else { continue }
            report.lengths += judgement.lengths
            let spent = judgement.answers.entries.values.reduce(Money.zero) { $0 + $1.outcome.spent.usd }
            var entry = JobReport.Shard(
                number: shard.number, role: shard.role, stratum: shard.stratum, lines: shard.lines.count,
                isAccepted: judgement.verdict.isAccepted, reasons: judgement.verdict.reasons,
                checked: judgement.verdict.checked, defects: judgement.verdict.defects, spent: spent)
            entry.sample = judgement.sample
            entry.judge = judging.shards[shard.number]
            entry.evidence = try evidence.evidence(for: judgement)
            report.shards.append(entry)
            guard !judgement.answers.second.isEmpty else { continue }
            let escalation = judgement.escalated(
                unknown: attempts.unknown(in: judgement.answers.second.shard).usd)
            report.shards[report.shards.count - 1].escalation = JobReport.Escalation(
                shard: judgement.answers.second.shard, report: escalation)
        }
        report.linesInSharedStratum = plan.shards.reduce(0) { $0 + ($1.stratum == .shared ? $1.lines.count : 0) }
        report.chain = try chain()
        report.parks = try directory.parks()
        report.reviews = reviews
        report.prompts = try prompts(judged)
        report.models = tally.figures(
            rejected: plan.shards.filter { judged[$0.number]?.verdict.isAccepted == false }, parks: report.parks)
        report.unknown = report.figures.unknown
        report.attempts = attempts.attemptsByLine.values.reduce(0, +)
        report.retried = report.figures.resentLines
        report.reason = reason(report, judged)
        return report
    }

    private func add(_ fate: LineFate, to report: inout JobReport) {
        switch fate.outcome?.result {
        case .answered: report.lines.answered += 1
        case .reused: report.lines.reused += 1
        case .failed: report.lines.failed += 1
        case .refused, nil: report.lines.refused += 1
        }
        if fate.isWorthReprocessing { report.reprocessLines += 1 }
        if let code = fate.errorCode { report.errorsByCode[code, default: 0] += 1 }
        guard let outcome = fate.outcome else { return }
        report.spent += outcome.spent.usd
        if let replaced = fate.replaced {
            report.spent += replaced.spent.usd
            report.usage += replaced.usage
            if replaced.isEstimated { report.estimated += 1 }
            if replaced.exceedsBound { report.exceedsBound += 1 }
        }
        if outcome.result == .answered {
            report.usage += outcome.usage
            if fate.request?.boundInjected == true { report.boundsInjected += 1 }
        }
        if outcome.isEstimated && outcome.result == .answered { report.estimated += 1 }
        if outcome.exceedsBound && outcome.result == .answered { report.exceedsBound += 1 }
        guard outcome.result == .reused else { return }
        switch outcome.origin {
        case .file: report.duplicates.inFile += 1
        case .inFlight: report.duplicates.inFlight += 1
        case .log, nil: report.duplicates.fromLog += 1
        }
        report.duplicates.saved += saved(outcome, fate)
    }

    /// What the answer would have cost today.
    func saved(_ outcome: Outcome, _ fate: LineFate) -> Money {
        let candidates =
            fate.request.map { policies.catalogue.candidates(of: $0.kind) }
            ?? policies.catalogue.selection(named: outcome.model)?.candidates
        let prices = policies.catalogue.models[outcome.model]?.prices ?? candidates?.first?.prices
        let price = prices?.price(at: services.now())
        return price?.cost(of: outcome.usage, images: fate.request?.images ?? 0) ?? .zero
    }

    private func reason(_ report: JobReport, _ judged: [Int: JudgedShard]) -> String {
        if let refusal = reading.fileRefusal { return refusal }
        if plan.shards.isEmpty { return "none of its lines can be sent; errors.jsonl says why of each" }
        let rejected = report.shards.filter { !$0.isAccepted }
        var reasons = rejected.map { shard in
            let name = shard.role == .canary ? "the canary" : "shard \(shard.number)"
            let part = shard.stratum.map { " of the stratum \($0)" } ?? ""
            return "\(name)\(part): \(shard.reasons.joined(separator: "; "))"
        }
        let unrun = plan.shards.count { judged[$0.number] == nil }
        if unrun > 0 {
            let whole = hasStrata ? "stratum" : "kind"
            reasons.append(
                "\(unrun) \(unrun == 1 ? "shard was" : "shards were") not run since the canary of "
                    + "\(unrun == 1 ? "its" : "their") \(whole) was rejected")
        }
        if report.verdict == .rejected, rejected.count + unrun < plan.shards.count {
            reasons.append("its lane says all_or_nothing: nothing of the job is delivered")
        }
        return reasons.joined(separator: ". ")
    }

    private var hasStrata: Bool { plan.shards.contains { $0.stratum != nil } }
}

extension JobReport {
    fileprivate mutating func add(_ judging: JudgeCosts) {
        spent += judging.spent.values.reduce(.zero, +)
        usage += judging.usage.values.reduce(.zero, +)
        estimated += judging.estimated
        exceedsBound += judging.exceedsBound
    }
}
