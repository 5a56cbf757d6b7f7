import BatchCore
import DurableFiles
import Gates
import Spooling
import SystemPackage

extension ResultWriter {
    /// Input lines that another try may mend, each as it came but for a member `bobbin` that says why it is there, what
    /// to change about it, and to which job it belongs.
    func writeReprocess(_ path: FilePath, _ lines: [LineFate]) throws {
        let input = try LineFile(run.directory.input)
        var tape = JSONTape()
        var damage: (any Error)?
        try DurableFile.publish(to: path) { writer throws(FileError) in
            for fate in lines where fate.length <= InputReader.longestLineBytes {
                let mark: [UInt8]
                do { mark = try self.mark(of: fate) } catch {
                    damage = error
                    return
                }
                let line = try input.read(at: fate.offset, length: fate.length)
                let marked = MarkedLine.marked(line, with: mark, using: &tape)
                // A line that is as long as a line may be goes without.
                try writer.write(marked.count <= InputReader.longestLineBytes ? marked : line)
                try writer.write([UInt8(ascii: "\n")])
            }
        }
        if let damage { throw damage }
    }

    /// `{"job", "root", "generation", "cases", "code", "reason", "suggest"}`.
    private func mark(of fate: LineFate) throws -> [UInt8] {
        let cause = try cause(of: fate)
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("job", report.job)
            writer.member("root", report.chain.root)
            writer.member("generation", report.chain.generation)
            writer.member("cases", report.chainLines)
            writer.member("code", cause.code)
            writer.member("reason", String(cause.reason.prefix(Self.longestReason)))
            writer.member("suggest", cause.suggestion)
        }
        return writer.bytes
    }

    private static let longestReason = 300

    private func cause(of fate: LineFate) throws -> ReprocessCause {
        switch fate.end {
        case .refused(let refusal): return .refused(refusal)
        case .failed: return .failed(try failure(of: fate))
        case .defective(let defect): return .defective(defect, wasCut: try wasCut(fate))
        case .output:
            // In a rejected shard defective answers stand beside the good ones.
            if let defect = fate.defect { return .defective(defect, wasCut: try wasCut(fate)) }
            return .goodInRejected(reason: report.reason)
        }
    }

    private func response(of fate: LineFate) throws -> [UInt8]? {
        try fate.stored.flatMap { try stored.outcome($0).response }
    }

    private func wasCut(_ fate: LineFate) throws -> Bool {
        guard let response = try response(of: fate), let url = fate.request?.kind.url,
            let answer = ResponseMember.answer(in: response, url: url)
        else { return false }
        return answer.choices.contains { $0.finishReason == "length" }
    }

    private func failure(of fate: LineFate) throws -> ReprocessCause.Failure {
        var failure = ReprocessCause.Failure(
            code: fate.outcome?.error?.code ?? "no_answer",
            message: fate.outcome?.error?.message ?? "no answer was seen")
        guard let response = try response(of: fate) else { return failure }
        let value: JSONValue
        do { value = try JSONValue(parsing: response) } catch { return failure }
        failure.status = value["status_code"]?.int
        let error = value["body"]?["error"]
        failure.field = error?["param"]?.string
        failure.code = error?["code"]?.string ?? failure.status.map { "http_\($0)" } ?? failure.code
        failure.message = error?["message"]?.string ?? failure.status.map { "status \($0)" } ?? failure.message
        return failure
    }
}

extension JobRun {
    /// By the first line of a file that is handed in again: the job that wrote it is named in each of its lines.
    func chain() throws -> RetryChain {
        let chain = RetryChain(root: job)
        guard record.isRetry else { return chain }
        let good = reading.entries.first.map { (offset: $0.offset, length: $0.length) }
        let refused = reading.refused.first.map { (offset: $0.offset, length: $0.length) }
        guard let first = [good, refused].compactMap({ $0 }).min(by: { $0.offset < $1.offset }),
            first.length <= InputReader.longestLineBytes
        else { return chain }
        var tape = JSONTape()
        let line = try LineFile(directory.input).read(at: first.offset, length: first.length)
        guard let earlier = MarkedLine.mark(in: line, using: &tape).flatMap({ RetryChain(afterMark: $0) }),
            let parent = earlier.parent, JobID(parent) != nil, JobID(earlier.root) != nil, parent != job
        else { return chain }
        return earlier
    }
}
