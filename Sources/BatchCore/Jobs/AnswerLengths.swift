/// How long answers are, as a histogram that adds up over shards: exact below 256 characters, to 0.8 % above, in memory
/// that does not grow with the number of answers.
package struct AnswerLengths: Equatable, Sendable {
    package struct Count: Equatable, Sendable {
        package fileprivate(set) var good = 0
        package fileprivate(set) var defective = 0

        package var all: Int { good + defective }
    }

    private var counts: [Int: Count] = [:]

    package init() {}

    /// - Parameter characters: Unicode scalars of the text.
    package mutating func add(_ characters: Int, isDefective: Bool) {
        if isDefective {
            counts[Self.bucket(of: characters), default: Count()].defective += 1
        } else {
            counts[Self.bucket(of: characters), default: Count()].good += 1
        }
    }

    package static func += (left: inout AnswerLengths, right: AnswerLengths) {
        for (bucket, count) in right.counts {
            left.counts[bucket, default: Count()].good += count.good
            left.counts[bucket, default: Count()].defective += count.defective
        }
    }

    /// Ascending; a bucket stands for the smallest length that falls into it.
    package var buckets: [(characters: Int, count: Count)] {
        counts.sorted { $0.key < $1.key }.map { (Self.characters(of: $0.key), $0.value) }
    }

    package var answers: Int { counts.values.reduce(0) { $0 + $1.all } }

    /// The length that this share of the answers does not exceed; 0 where there is none.
    package func quantile(_ share: Double) -> Int {
        let wanted = (share * Double(answers)).rounded(.up)
        var seen = 0
        for (characters, count) in buckets {
            seen += count.all
            if Double(seen) >= wanted { return characters }
        }
        return 0
    }

    package func write(to writer: inout JSONWriter) {
        writer.member("answers", answers)
        writer.member("shortest", quantile(0))
        writer.member("median", quantile(0.5))
        writer.member("p95", quantile(0.95))
        writer.member("longest", quantile(1))
    }

    private static let exactBits = 8

    /// Eight significant bits of the length, and how many it has more.
    private static func bucket(of characters: Int) -> Int {
        let bits = Int.bitWidth - characters.leadingZeroBitCount
        guard bits > exactBits else { return characters }
        let shift = bits - exactBits
        return shift << exactBits | characters >> shift
    }

    private static func characters(of bucket: Int) -> Int {
        (bucket & (1 << exactBits - 1)) << (bucket >> exactBits)
    }
}
