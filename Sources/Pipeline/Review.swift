import BatchCore
import Gates
import Spooling

/// What a person decided over one shard.
struct Review {
    private let shard: ReviewDecision.Shard
    private let submission: ReviewSubmission

    /// - Returns: nil where nobody has decided yet. The first decision stands.
    init?(of number: Int, _ decisions: [ReviewDecision]) {
        for decision in decisions {
            guard let shard = decision.shards.first(where: { $0.number == number }) else { continue }
            self.shard = shard
            submission = decision.submission
            return
        }
        return nil
    }

    /// The verdict is the person's. So is that over each answer that was looked at, and of a shard that was accepted as
    /// a whole over every answer; what nobody looked at stays as the gate found it.
    /// - Parameter isOfShard: a decision may be over lines of several shards.
    func applied(
        to gate: ShardVerdict, _ defects: [Int: Defect], isOfShard: (Int) -> Bool
    ) -> (ShardVerdict, [Int: Defect]) {
        var defects = defects
        switch submission {
        case .whole(let accepts, _): if accepts { defects = [:] }
        case .lines(let verdicts):
            for verdict in verdicts where isOfShard(verdict.line) {
                if verdict.passes {
                    defects[verdict.line] = nil
                } else {
                    defects[verdict.line] = Defect(check: "review", reason: verdict.note.isEmpty ? "bad" : verdict.note)
                }
            }
        }
        return (gate.decided(accepts: shard.isAccepted, reason: shard.reason, defects: defects.count), defects)
    }
}

extension ConsequencePolicy {
    func asksPerson(about verdict: ShardVerdict) -> Bool {
        asksPerson(acceptedByGate: verdict.isAccepted, checked: verdict.checked, defects: verdict.defects)
    }
}

extension JobRun {
    /// Writes down what a person is asked, if anything.
    /// - Returns: why the job stands still; nil: it does not.
    func askPerson(about judged: [Int: JudgedShard]) throws -> ParkReason? {
        let waiting = judged.values.filter(\.waitsForReview).sorted { $0.shard.number < $1.shard.number }
        guard !waiting.isEmpty else {
            try directory.write(nil)
            return nil
        }
        let request = reviewRequest(waiting)
        try directory.write(request)
        return .review(job: job, shards: waiting.count, answers: request.lines.count)
    }

    private func reviewRequest(_ waiting: [JudgedShard]) -> ReviewRequest {
        let policy = gate.policy.consequences
        let shards = waiting.map { judged in
            ReviewRequest.Shard(
                number: judged.shard.number, role: judged.shard.role, isAccepted: judged.verdict.isAccepted,
                reasons: judged.verdict.reasons, checked: judged.verdict.checked, defects: judged.verdict.defects)
        }
        // Every shard that would be rejected has its say, before one of them has a second.
        let suspects = waiting.filter { !$0.verdict.isAccepted }.map { judged in
            judged.shard.lines.filter { judged.defects[$0] != nil }.map { line(judged, $0) }
        }
        var lines = Array(suspects.takingTurns.prefix(policy.reviewLines))
        var lot: ReviewRequest.Lot?
        if policy.review == .always {
            var good: [(shard: Int, line: Int)] = []
            for (index, judged) in waiting.enumerated() {
                for line in judged.shard.lines where judged.hasGoodAnswer(to: line) { good.append((index, line)) }
            }
            if !good.isEmpty {
                let sample = ReviewSample(of: good.count, job: job, gate.policy)
                lot = ReviewRequest.Lot(answers: good.count, allowed: sample.allowed)
                lines += sample.positions.map { line(waiting[good[$0].shard], good[$0].line) }
            }
        }
        return ReviewRequest(
            shards: shards, lines: lines.sorted { $0.line < $1.line }, lot: lot, rejectable: gate.policy.rejectable)
    }

    private func line(_ judged: JudgedShard, _ line: Int) -> ReviewRequest.Line {
        let entry = reading.entry(ofLine: line)
        return ReviewRequest.Line(
            line: line, shard: judged.shard.number, file: judged.answers[line]?.shard,
            offset: entry?.offset ?? 0,
            length: entry?.length ?? 0,
            defect: judged.defects[line]?.description)
    }
}

extension JudgedShard {
    fileprivate func hasGoodAnswer(to line: Int) -> Bool {
        answers.entries[line]?.outcome.hasAnswer == true && defects[line] == nil
    }
}

extension [[ReviewRequest.Line]] {
    /// The first of each, then the second of each, and so on.
    fileprivate var takingTurns: [ReviewRequest.Line] {
        (0..<(map(\.count).max() ?? 0)).flatMap { turn in compactMap { turn < $0.count ? $0[turn] : nil } }
    }
}
