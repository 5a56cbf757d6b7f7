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
    let defects: Int
    let spent: Money
    /// nil: no answer was looked at.
    let estimate: RateEstimate?
    let reasons: [String]

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
        defects = shards.reduce(0) { $0 + $1.defects }
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

    /// Where every answer was looked at: the lot is what was looked at, so that its own rate is known.
    /// - Returns: nil where there was none.
    init?(checked: Int, defects: Int) {
        guard checked > 0 else { return nil }
        let own = Interval(defective: defects, of: checked, lot: checked, confidence: Self.usualConfidence)
        let process = Interval(defective: defects, of: checked, confidence: Self.usualConfidence)
        self.init(
            rate: Double(defects) / Double(checked), own: own.lower...own.upper,
            process: process.lower...process.upper, confidence: Self.usualConfidence)
    }
}
