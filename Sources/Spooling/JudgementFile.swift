package import BatchCore
package import DurableFiles
package import SystemPackage

/// `shards/NNNN.judge.jsonl`: what a judge said of answers of one shard, one line a verdict. It is durable before it
/// decides anything: after a crash nobody is asked again, and what was decided is decided once more.
package actor JudgementFile {
    package struct Verdict: Equatable, Sendable {
        package var line: Int
        /// Of the response as it stands in the shard's file: of another answer to the line it says nothing.
        package var answer: SHA256Digest
        /// The judge, by its command.
        package var judge: String
        package var isPassed: Bool
        /// Of one that did not pass.
        package var reason: String

        package init(line: Int, answer: SHA256Digest, judge: String, isPassed: Bool, reason: String = "") {
            self.line = line
            self.answer = answer
            self.judge = judge
            self.isPassed = isPassed
            self.reason = reason
        }
    }

    private let log: AppendLog
    private var verdicts: [Int: [Verdict]]

    /// Opens the file, creating it where it is missing and cutting a torn tail.
    /// - Throws: `JobDamage` for a bad line in the middle.
    package init(_ path: FilePath) throws {
        var verdicts: [Int: [Verdict]] = [:]
        let tail = try TornTail.wholeBytes(of: path) { line in
            guard let verdict = Verdict(record: line) else { return false }
            verdicts[verdict.line, default: []].append(verdict)
            return true
        }
        let wholeBytes = try tail.wholeBytes { JobDamage(file: path, reason: "line \($0) is no verdict of a judge") }
        self.verdicts = verdicts
        log = try AppendLog(opening: path, create: true, truncatingTo: wholeBytes)
    }

    /// The verdict on this answer by this judge, if there is one.
    package func verdict(on line: Int, answer: SHA256Digest, by judge: String) -> Verdict? {
        verdicts[line]?.first { $0.answer == answer && $0.judge == judge }
    }

    /// Durable when it returns.
    package func append(_ verdict: Verdict) async throws(FileError) {
        verdicts[verdict.line, default: []].append(verdict)
        _ = log.appendLazily(verdict.record + [UInt8(ascii: "\n")])
        try await log.commit()
    }

    package func close() async throws(FileError) {
        try await log.close()
    }
}

extension JudgementFile.Verdict {
    fileprivate var record: [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("line", line)
            writer.member("answer", answer.hex)
            writer.member("judge", judge)
            writer.member("verdict", isPassed ? "pass" : "fail")
            if !isPassed { writer.member("reason", reason) }
        }
        return writer.bytes
    }

    /// Reads what `record` writes; nil for anything else.
    fileprivate init?(record: Span<UInt8>) {
        let value: JSONValue
        do { value = try JSONValue(parsing: record.indices.map { record[$0] }) } catch { return nil }
        guard let line = value["line"]?.int, let answer = value["answer"]?.string.flatMap({ SHA256Digest(hex: $0) }),
            let judge = value["judge"]?.string, let verdict = value["verdict"]?.string,
            ["pass", "fail"].contains(verdict)
        else { return nil }
        self.init(
            line: line, answer: answer, judge: judge, isPassed: verdict == "pass",
            reason: value["reason"]?.string ?? "")
    }
}
