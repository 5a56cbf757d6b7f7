import BatchCore
import Gates
import Spooling

/// Where one input line goes, and why.
struct LineFate: Sendable {
    enum End: Sendable {
        /// A good answer.
        case output
        /// An answer that the gate did not accept, in a shard that it did.
        case defective(Defect)
        case failed
        case refused(LineRefusal)
    }

    let line: Int
    let offset: Int
    let length: Int
    let request: BatchRequest?
    /// The outcome behind the end, its response left on disk, and where it stands; nil: never sent.
    let outcome: Outcome?
    let stored: StoredOutcome?
    /// The outcome of the first answer where that of another model took its place: it was paid for, too.
    let replaced: Outcome?
    /// Of the answer, also where its whole shard is rejected.
    let defect: Defect?
    let end: End
    /// Does it go to rejected/?
    let isRejected: Bool

    /// Is it an input line that is worth dropping into inbox/ again?
    var isWorthReprocessing: Bool {
        switch end {
        case .output: isRejected
        case .defective, .failed: true
        case .refused(let refusal): refusal.code.isWorthRetrying
        }
    }
}

extension JobRun {
    /// The fate of every line, in input order.
    /// - Parameter judged: by shard number; a shard that is missing was never run, since its canary was rejected.
    func fates(_ judged: [Int: JudgedShard], verdict: JobVerdict) -> [LineFate] {
        var shardOfLine: [Int: ShardPlan.Shard] = [:]
        for shard in plan.shards { for line in shard.lines { shardOfLine[line] = shard } }
        var fates: [LineFate] = []
        fates.reserveCapacity(reading.entries.count + reading.refused.count)
        var refused = reading.refused[...]
        func takeRefused(before line: Int) {
            while let next = refused.first, next.line < line {
                refused.removeFirst()
                let first = plan.duplicates[next.line] ?? next.line
                fates.append(fate(next, first: first, shardOfLine[first], judged, verdict))
            }
        }
        for entry in reading.entries {
            takeRefused(before: entry.line)
            let first = plan.duplicates[entry.line] ?? entry.line
            let place = (entry.line, entry.offset, entry.length)
            fates.append(fate(place, entry.request, first: first, shardOfLine[first], judged, verdict))
        }
        takeRefused(before: .max)
        return fates
    }

    /// A line that was good under the configuration of an earlier run, and was sent, keeps what was paid for.
    private func fate(
        _ line: Reading.RefusedLine, first: Int, _ shard: ShardPlan.Shard?, _ judged: [Int: JudgedShard],
        _ verdict: JobVerdict
    ) -> LineFate {
        if let stored = shard.flatMap({ judged[$0.number]?.answers.entries[first] }), stored.outcome.result != .refused
        {
            return fate((line.line, line.offset, line.length), nil, first: first, shard, judged, verdict)
        }
        return LineFate(
            line: line.line, offset: line.offset, length: line.length, request: nil, outcome: nil, stored: nil,
            replaced: nil, defect: nil, end: .refused(line.refusal), isRejected: verdict != .accepted)
    }

    private typealias Place = (line: Int, offset: Int, length: Int)

    private func fate(
        _ place: Place, _ request: BatchRequest?, first: Int, _ shard: ShardPlan.Shard?, _ judged: [Int: JudgedShard],
        _ verdict: JobVerdict
    ) -> LineFate {
        let judgement = shard.flatMap { judged[$0.number] }
        let final = judgement?.final(of: first)
        let outcome = final.map { first == place.line ? $0.outcome : $0.outcome.repeated(forLine: place.line) }
        let end: LineFate.End
        if let outcome {
            switch outcome.result {
            case .failed: end = .failed
            case .refused: end = .refused(refusal(in: outcome))
            case .answered, .reused:
                let defect = judgement?.defects[first]
                end = judgement?.verdict.isAccepted == true ? defect.map { .defective($0) } ?? .output : .output
            }
        } else if let reason = reading.fileRefusal {
            end = .refused(LineRefusal(.fileRejected, "its file was rejected: \(reason)"))
        } else if plan.knownDefects.contains(first) {
            end = .refused(.knownDefect)
        } else if shard == nil {
            let reason = "it was refused when the job was planned; `bobbin retry` tries it under today's configuration"
            end = .refused(LineRefusal(.fileRejected, reason))
        } else {
            let whole = shard?.stratum == nil ? "kind" : "stratum"
            end = .refused(
                LineRefusal(
                    .canaryRejected, "the canary of its \(whole) was rejected; mend the prompt, then `bobbin retry`"))
        }
        let isAccepted = judgement?.verdict.isAccepted == true
        return LineFate(
            line: place.line, offset: place.offset, length: place.length,
            request: request, outcome: outcome, stored: final?.stored,
            replaced: first == place.line ? final?.replaced : nil, defect: judgement?.defects[first], end: end,
            isRejected: verdict == .rejected || verdict == .split && !isAccepted)
    }

    private func refusal(in outcome: Outcome) -> LineRefusal {
        let code = outcome.error.flatMap { LineRefusal.Code(rawValue: $0.code) } ?? .notARequest
        return LineRefusal(code, outcome.error?.message ?? "")
    }
}
