import BatchCore
import DurableFiles
import Gates
import Spooling

/// Collects what stands behind the verdicts: what the gate found, by check, and a few examples of it, read again from
/// the files of the shards. All of it follows from what is on disk, so that a report that is written again is the same.
struct EvidenceReader {
    let run: JobRun
    private let stored: StoredOutcomes
    private var shardsWithExamples = 0

    init(run: JobRun) {
        self.run = run
        stored = StoredOutcomes(run.directory)
    }

    mutating func evidence(for judged: JudgedShard) throws -> ShardEvidence {
        var evidence = ShardEvidence()
        for defect in judged.defects.values { evidence.defectsByCheck[defect.check, default: 0] += 1 }
        evidence.estimate = RateEstimate(
            checked: judged.verdict.checked, defects: judged.defects.values.count { $0.check != ShardEvidence.judge })
        guard shardsWithExamples < FailingExample.shardsInReport else { return evidence }
        evidence.examples = try examples(of: judged)
        if !evidence.examples.isEmpty { shardsWithExamples += 1 }
        return evidence
    }

    /// Defective answers before requests without an answer: what the gate does not like is what can be looked at.
    private func examples(of judged: JudgedShard) throws -> [FailingExample] {
        let failed = judged.answers.entries.filter { $0.value.outcome.result == .failed }.keys
        let lines = (judged.defects.keys.sorted() + failed.sorted()).prefix(FailingExample.perShard)
        if lines.isEmpty { return [] }
        return try lines.compactMap { line in
            guard let place = judged.answers[line] else { return nil }
            let outcome = try stored.outcome(place)
            let defect = judged.defects[line]
            return FailingExample(
                line: line, customID: try customID(ofLine: line), check: defect?.check ?? outcome.failureCode,
                reason: defect?.reason ?? outcome.error?.message ?? "the server answered with an error",
                answer: outcome.shownText(to: judged.shard.kind.url))
        }
    }

    private func customID(ofLine line: Int) throws -> String? {
        if let entry = run.reading.entry(ofLine: line) {
            return try run.input.customID(at: entry.offset, length: entry.length)
        }
        // A line that today's configuration refuses, and that was sent before.
        guard let refused = run.reading.refused.first(where: { $0.line == line }) else { return nil }
        return try run.input.customID(at: refused.offset, length: refused.length)
    }
}

extension SampleFigures {
    func estimated(ofLot lot: Int) -> SampleFigures {
        var figures = self
        figures.lot = lot
        figures.estimate = RateEstimate(checked: sampled, defects: defective, of: lot)
        return figures
    }
}

extension LineFate {
    /// Of a line that has no answer; nil: it has one.
    var errorCode: String? {
        switch end {
        case .output, .defective: nil
        case .failed: outcome?.failureCode
        case .refused(let refusal): refusal.code.rawValue
        }
    }
}

extension Outcome {
    /// What the server sent instead of an answer says more, and only in its own words: this is one word for all of it.
    var failureCode: String { error?.code ?? "error_status" }

    /// What a person sees of an answer: the text of its first choice that has one, else the body as it came.
    fileprivate func shownText(to url: RequestURL) -> String {
        guard let response else { return "" }
        let text = ResponseMember.answer(in: response, url: url)?.choices.first { !$0.text.isEmpty }?.text
        return text ?? ResponseMember.body(of: response)
    }
}

extension AnswerLengths {
    /// An answer without a text has no length.
    mutating func add(_ answer: ParsedAnswer?, isDefective: Bool) {
        for choice in answer?.choices ?? [] where !choice.calledTool {
            add(choice.text.unicodeScalars.count, isDefective: isDefective)
        }
    }
}
