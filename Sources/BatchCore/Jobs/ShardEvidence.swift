/// What stands behind the verdict on a shard, for whoever asks why (report.json, beside the members of its shard).
package struct ShardEvidence: Equatable, Sendable {
    /// The check under which defects stand that a judge has found.
    package static let judge = "judge"

    /// Defective answers by the check that found them.
    package var defectsByCheck: [String: Int] = [:]
    /// Of what was found in looking at every answer, so without what a judge found in a sample (`SampleFigures`); nil:
    /// no answer was looked at.
    package var estimate: RateEstimate?
    /// At most `FailingExample.perShard`, in input order.
    package var examples: [FailingExample] = []

    package init() {}

    func write(to writer: inout JSONWriter) {
        writer.object("defects_by_check") { writer in
            for (check, count) in defectsByCheck.sorted(by: { $0.key < $1.key }) { writer.member(check, count) }
        }
        writer.member("estimate", estimate)
        writer.array("examples") { writer in for example in examples { writer.object(example.write) } }
    }
}

/// A share of defective answers, and how well it is known. Shares are from 0 to 1.
package struct RateEstimate: Equatable, Sendable {
    package let rate: Double
    /// Where the rate of these very answers lies. Where all of them were looked at it is known: all three are one.
    package let own: ClosedRange<Double>
    /// Where the rate of the process lies that gave them: what more answers of the same kind would have.
    package let process: ClosedRange<Double>
    /// Of both.
    package let confidence: Double

    package init(rate: Double, own: ClosedRange<Double>, process: ClosedRange<Double>, confidence: Double) {
        self.rate = rate
        self.own = own
        self.process = process
        self.confidence = confidence
    }

    fileprivate func write(to writer: inout JSONWriter) {
        writer.member("rate", rate)
        writer.member("low", own.lowerBound)
        writer.member("high", own.upperBound)
        writer.member("confidence", confidence)
        writer.member("process_low", process.lowerBound)
        writer.member("process_high", process.upperBound)
    }
}

extension JSONWriter {
    mutating func member(_ name: String, _ estimate: RateEstimate?) {
        if let estimate {
            object(name, estimate.write)
        } else {
            member(name, raw: "null".utf8)
        }
    }
}

/// One request that did not come to a good answer, shortened: something to look at, not the answer.
package struct FailingExample: Equatable, Sendable {
    /// Of a shard; and how many shards of a report have any, so that a report can be read whole, however large its job.
    package static let perShard = 3
    package static let shardsInReport = 1000
    /// Unicode scalars: a single character of a text can be a megabyte of combining marks.
    package static let longestText = 200

    package let line: Int
    /// nil: it cannot be read.
    package let customID: String?
    /// The check that found it; of a request without an answer the code of its error.
    package let check: String
    package let reason: String
    package let answer: String
    /// Of the whole answer, in Unicode scalars.
    package let answerCharacters: Int

    package init(line: Int, customID: String?, check: String, reason: String, answer: String) {
        self.line = line
        self.customID = customID.map(Self.shortened)
        self.check = Self.shortened(check)
        self.reason = Self.shortened(reason)
        self.answer = Self.shortened(answer)
        answerCharacters = answer.unicodeScalars.count
    }

    func write(to writer: inout JSONWriter) {
        writer.member("line", line)
        writer.member("custom_id", customID)
        writer.member("check", check)
        writer.member("reason", reason)
        writer.member("answer", answer)
        writer.member("answer_characters", answerCharacters)
    }

    private static func shortened(_ text: String) -> String {
        var short = ""
        short.unicodeScalars.append(contentsOf: text.unicodeScalars.prefix(longestText))
        return short
    }
}
