/// What a person decided: on record in the job's directory before anything follows from it, and in its report.
package struct ReviewDecision: Equatable, Sendable {
    package struct Shard: Equatable, Sendable {
        package var number: Int
        package var isAccepted: Bool
        package var reason: String
    }

    package var at: Timestamp
    package var uid: UInt32
    /// The name of the request that it came by: a request that is worked off once more after a crash decides nothing.
    package var request: String
    package var submission: ReviewSubmission
    package var shards: [Shard]

    /// The decision that follows from a submission.
    /// - Throws: if it does not fit what was asked.
    package init(
        on asked: ReviewRequest, _ submission: ReviewSubmission, by uid: UInt32, at time: Timestamp, request: String
    ) throws(ReviewRefusal) {
        let shards: [Shard]
        switch submission {
        case .lines(let verdicts): shards = try Self.shards(asked, verdicts, who: "uid \(uid)")
        case .whole(let accepts, let reason):
            let what = accepts ? "accepted" : "rejected"
            shards = asked.shards.map {
                Shard(number: $0.number, isAccepted: accepts, reason: "uid \(uid) \(what) all that waited: \(reason)")
            }
        }
        self.init(at: time, uid: uid, request: request, submission: submission, shards: shards)
    }

    private init(at time: Timestamp, uid: UInt32, request: String, submission: ReviewSubmission, shards: [Shard]) {
        self.at = time
        self.uid = uid
        self.request = request
        self.submission = submission
        self.shards = shards
    }

    private static func shards(
        _ asked: ReviewRequest, _ verdicts: [ReviewVerdict], who: String
    ) throws(ReviewRefusal) -> [Shard] {
        let fails = Set(verdicts.lazy.filter { !$0.passes }.map(\.line))
        guard verdicts.count == asked.lines.count, Set(verdicts.map(\.line)) == Set(asked.lines.map(\.line)) else {
            throw ReviewRefusal("these are not the answers that wait for review by now: write them to a file again")
        }
        if let lot = asked.lot {
            let sample = asked.lines.filter { $0.defect == nil }
            let bad = sample.count { fails.contains($0.line) }
            if bad > lot.allowed {
                let reason =
                    "\(who) found \(bad) of \(sample.count) sampled answers bad; \(lot.allowed) may be"
                return asked.shards.map { Shard(number: $0.number, isAccepted: false, reason: reason) }
            }
        }
        return asked.shards.map { shard in
            let shown = asked.lines.filter { $0.shard == shard.number }
            let bad = shown.count { fails.contains($0.line) }
            let defects = defects(of: shard, shown: shown, fails: fails)
            let isAccepted = defects == 0 || defects / Double(max(1, shard.checked)) < asked.rejectable
            return Shard(
                number: shard.number, isAccepted: isAccepted,
                reason: "\(who) \(isAccepted ? "accepted" : "rejected") it: of \(shown.count) answers \(bad) are bad")
        }
    }

    /// How many answers of a shard are defective: those that a person was not shown are taken to be as the defective
    /// ones that were shown.
    private static func defects(of shard: ReviewRequest.Shard, shown: [ReviewRequest.Line], fails: Set<Int>) -> Double {
        let suspects = shown.filter { $0.defect != nil }
        let confirmed = Double(suspects.count { fails.contains($0.line) })
        let share = suspects.isEmpty ? 1 : confirmed / Double(suspects.count)
        let others = shown.count { $0.defect == nil && fails.contains($0.line) }
        return Double(others) + confirmed + Double(shard.defects - suspects.count) * share
    }
}

extension ReviewDecision {
    package func write(to writer: inout JSONWriter) {
        writer.member("at", at.description)
        writer.member("uid", Int(uid))
        writer.member("request", request)
        submission.write(to: &writer)
        writer.array("shards") { writer in
            for shard in shards {
                writer.object { writer in
                    writer.member("shard", shard.number)
                    writer.member("verdict", (shard.isAccepted ? JobVerdict.accepted : .rejected).rawValue)
                    writer.member("reason", shard.reason)
                }
            }
        }
    }

    /// Reads what `write` writes; nil for anything else.
    package init?(_ value: JSONValue) {
        guard let at = value["at"]?.string.flatMap({ Timestamp($0) }),
            let uid = value["uid"]?.int.flatMap({ UInt32(exactly: $0) }), let request = value["request"]?.string,
            let submission = ReviewSubmission(value), let stated = value["shards"]?.array
        else { return nil }
        let shards = stated.compactMap { Shard($0) }
        guard shards.count == stated.count else { return nil }
        self.init(at: at, uid: uid, request: request, submission: submission, shards: shards)
    }
}

extension ReviewDecision.Shard {
    fileprivate init?(_ value: JSONValue) {
        guard let number = value["shard"]?.int, let reason = value["reason"]?.string,
            let verdict = value["verdict"]?.string.flatMap(JobVerdict.init(rawValue:)), verdict != .split
        else { return nil }
        self.init(number: number, isAccepted: verdict == .accepted, reason: reason)
    }
}
