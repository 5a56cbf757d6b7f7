import BatchCore
import Gates

/// Neighbouring shards as one column of the drawing and one row of the table: a large job has more than can be shown.
struct ShardGroup: Sendable {
    static let most = 200

    let numbers: ClosedRange<Int>
    let roles: Set<ShardPlan.Role>
    let lines: Int
    let rejected: Int
    let shards: Int
    let checked: Int
    /// Found by checks.
    let defects: Int
    /// What a judge found in samples; of several shards as in one sample of all of them, which is nearly so: neighbours
    /// are sampled by one plan.
    let judged: Judged?
    let spent: Money
    /// nil: no answer was looked at.
    let estimate: RateEstimate?
    let reasons: [String]

    struct Judged: Sendable {
        let lot: Int
        let sampled: Int
        let defective: Int
        let estimate: RateEstimate

        /// - Returns: nil where no judge looked at any answer.
        init?(_ shards: some Sequence<JobReport.Shard>) {
            let samples = shards.compactMap(\.sample)
            let lot = samples.reduce(0) { $0 + $1.lot }
            let sampled = samples.reduce(0) { $0 + $1.sampled }
            let defective = samples.reduce(0) { $0 + $1.defective }
            guard let estimate = RateEstimate(checked: sampled, defects: defective, of: lot) else { return nil }
            (self.lot, self.sampled, self.defective, self.estimate) = (lot, sampled, defective, estimate)
        }
    }

    /// At most `most` groups, all of one size but the last.
    static func groups(of shards: [JobReport.Shard]) -> [ShardGroup] {
        let size = max(1, (shards.count + most - 1) / most)
        return stride(from: 0, to: shards.count, by: size).map { start in
            ShardGroup(shards[start..<min(start + size, shards.count)])
        }
    }

    private init(_ shards: ArraySlice<JobReport.Shard>) {
        let all = shards.map(\.number)
        numbers = (all.min() ?? 0)...(all.max() ?? 0)
        roles = Set(shards.map(\.role))
        lines = shards.reduce(0) { $0 + $1.lines }
        rejected = shards.count { !$0.isAccepted }
        self.shards = shards.count
        checked = shards.reduce(0) { $0 + $1.checked }
        defects = shards.reduce(0) { $0 + $1.defectsByChecks }
        judged = Judged(shards)
        spent = shards.reduce(.zero) { $0 + $1.spent }
        estimate =
            shards.count == 1
            ? shards.first?.evidence.estimate : RateEstimate(checked: checked, defects: defects)
        reasons = shards.flatMap(\.reasons)
    }

    var name: String {
        numbers.lowerBound == numbers.upperBound
            ? "\(numbers.lowerBound)" : "\(numbers.lowerBound)–\(numbers.upperBound)"
    }
}

extension RateEstimate {
    static let usualConfidence = 0.95

    /// - Parameter lot: what those that were looked at were drawn from; nil: every answer was looked at, so that the
    ///   rate of these very answers is known.
    /// - Returns: nil where none was.
    init?(checked: Int, defects: Int, of lot: Int? = nil) {
        guard checked > 0 else { return nil }
        let own = Interval(defective: defects, of: checked, lot: lot ?? checked, confidence: Self.usualConfidence)
        let process = Interval(defective: defects, of: checked, confidence: Self.usualConfidence)
        self.init(
            rate: Double(defects) / Double(checked), own: own.lower...own.upper,
            process: process.lower...process.upper, confidence: Self.usualConfidence)
    }
}
