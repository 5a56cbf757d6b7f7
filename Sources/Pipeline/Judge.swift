import BatchCore
import DurableFiles
import Gates
import Ledgers
import Logging
import Spooling

/// A shard after the gate.
struct JudgedShard: Sendable {
    let shard: ShardPlan.Shard
    var verdict: ShardVerdict
    /// By line.
    var defects: [Int: Defect]
    let answers: CountingAnswers
    /// A person decides over it; the verdict is the gate's.
    var waitsForReview = false
    /// nil: no judge looked at it.
    var sample: SampleFigures?
    var lengths = AnswerLengths()
}

/// Step 10: the gate looks at the answers, then a judge at a sample of those that passed, if the lane has one. What is
/// accepted enters the hash log, what is not is remembered as paid for in vain.
extension ShardRun {
    func judge() async throws -> End {
        let answers = CountingAnswers(
            shard: shard.number, entries: file.entries, second: try secondAnswers())
        var inspection = try inspect(answers)
        var verdict = run.gate.verdict(on: inspection.tally, role: shard.role)
        let isAcceptedByChecks = verdict.isAccepted
        var judged = JudgedShard(shard: shard, verdict: verdict, defects: inspection.defects, answers: answers)
        if verdict.isAccepted, let sample = try await sample(inspection.passed, answers) {
            switch sample {
            case .parked(let reason): return .parked(reason)
            case .decided(let found):
                inspection.add(found.defects)
                verdict = run.gate.verdict(
                    on: inspection.tally, sample: found.figures, isAccepted: found.isAccepted)
                judged.sample = found.figures.estimated(ofLot: inspection.passed.count)
            }
        }
        if let review = Review(of: shard.number, run.reviews) {
            (verdict, inspection.defects) = review.applied(to: verdict, inspection.defects) {
                answers.entries[$0] != nil
            }
        } else {
            judged.waitsForReview = run.gate.policy.consequences.asksPerson(about: verdict)
        }
        (judged.verdict, judged.defects, judged.lengths) = (verdict, inspection.defects, inspection.lengths)
        // Nothing follows from its answers before a person has decided, so that they enter no log.
        if !judged.waitsForReview {
            try await takeIn(inspection, verdict)
            if isAcceptedByChecks { try await doubt(inspection, answers, verdict) }
        }
        return .judged(judged)
    }

    /// Earlier answers that pass every check, and that a judge or a person does not let pass: nothing else would tell a
    /// retry that another answer is wanted.
    private func doubt(
        _ inspection: Inspection, _ answers: CountingAnswers, _ verdict: ShardVerdict
    ) async throws {
        let doubted = inspection.passed.filter { line in
            answers.entries[line]?.outcome.result == .reused
                && (!verdict.isAccepted || inspection.defects[line] != nil)
        }
        try await run.services.hashLog.rememberDefects(
            doubted.compactMap { run.reading.entry(ofLine: $0)?.request.key })
    }

    /// What is paid for and good enters the hash log, what is not is remembered.
    private func takeIn(_ inspection: Inspection, _ verdict: ShardVerdict) async throws {
        let paid = inspection.paid
        let accepted = verdict.isAccepted ? paid.filter { inspection.defects[$0.line] == nil } : []
        let acceptedLines = Set(accepted.map(\.line))
        try await run.services.hashLog.accept(
            accepted.map { ($0.key, $0.response) },
            from: AnswerOrigin(job: run.job, uid: run.record.uid, lane: run.lane.name),
            replacing: run.isRetry, outdated: run.lane.outdated(at: run.services.now()))
        try await run.services.hashLog.rememberDefects(paid.filter { !acceptedLines.contains($0.line) }.map(\.key))
        run.services.logger.info(
            "shard.judged",
            metadata: [
                "job": "\(run.job)", "lane": "\(run.lane.name)", "shard": "\(shard.number)",
                "verdict": "\(verdict.isAccepted ? "accepted" : "rejected")",
                "reason": "\(verdict.reasons.joined(separator: "; "))",
            ])
    }

    struct Inspection {
        var tally = ShardTally()
        var defects: [Int: Defect] = [:]
        var lengths = AnswerLengths()
        /// Answers that this job paid for.
        var paid: [(line: Int, key: RequestKey, response: [UInt8])] = []
        /// Lines whose answers passed every check, in the order of the input.
        var passed: [Int] = []

        mutating func add(_ found: [Int: Defect]) {
            for (line, defect) in found {
                tally.correct(defect)
                defects[line] = defect
            }
        }
    }

    func inspect(_ answers: CountingAnswers) throws -> Inspection {
        var inspection = Inspection()
        let stored = StoredOutcomes(run.directory)
        let workspace = Workspace()
        for line in shard.lines {
            guard let entry = answers.entries[line], let place = answers[line] else { continue }
            switch entry.outcome.result {
            case .failed:
                inspection.tally.addFailure()
            case .refused: break  // never sent: it says nothing about the others
            case .answered, .reused:
                let outcome = try stored.outcome(place)
                let response = outcome.response ?? []
                let answer = ResponseMember.answer(in: response, url: shard.kind.url)
                let defect = try run.defect(
                    in: answer, response, to: line, url: shard.kind.url, by: outcome.model, using: workspace
                ).map { explain($0, of: entry, answers.second) }
                inspection.tally.add(defect: defect)
                inspection.lengths.add(answer, isDefective: defect != nil)
                inspection.defects[line] = defect
                if defect == nil { inspection.passed.append(line) }
                // An answer of a model that the configuration has taken from the route is not one for its request key.
                if entry.outcome.result == .answered, let request = run.reading.entry(ofLine: line)?.request,
                    outcome.model.isEmpty || run.policies.catalogue.isKnown(outcome.model, to: request.kind)
                {
                    inspection.paid.append((line, request.key, response))
                }
            }
        }
        return inspection
    }
}
