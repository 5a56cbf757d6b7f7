import BatchCore
import Daemon
import DurableFiles
import Pipeline
import Spooling
import SystemPackage

/// What is handed in as a retry of a job, looked at before it costs anything: a slip of an editor would be paid for, or
/// would link the retry to another job, or to none.
struct RetryLines {
    private let job: JobID
    /// What each of its lines says of the job.
    private let chain: RetryChain
    private let original: FilePath
    private let isEdited: Bool

    /// - Parameters:
    ///   - report: of the job.
    ///   - original: its reprocess.jsonl.
    ///   - isEdited: the lines come from another file than that.
    init(of job: JobID, _ report: JSONValue?, original: FilePath, isEdited: Bool) {
        self.job = job
        self.original = original
        self.isEdited = isEdited
        let reprocess = report?["reprocess"]
        // Who is no retry says nothing of a chain: it begins one.
        let stated = reprocess?["chain"]
        var chain = RetryChain(root: stated?["root"]?.string ?? job.name)
        chain.parent = job.name
        chain.generation = 1 + (stated?["generation"]?.int ?? 0)
        chain.earlierCases = (stated ?? reprocess)?["lines"]?.int ?? 0
        self.chain = chain
    }

    /// - Parameter name: of the file, for messages.
    /// - Throws: `Failure` with the name, the number of the line and what to do about it.
    func check(_ path: FilePath, as name: String) throws {
        var number = 0
        var isFirst = true
        var tape = JSONTape()
        try LineFile(path).forEachLine(
            limitLineBytes: InputReader.longestLineBytes,
            // The reading of the job says so of the line.
            tooLong: { _, _ in number += 1 },
            { offset, span, _ in
                number += 1
                var line = span.withUnsafeBufferPointer { Array($0) }
                if offset == 0, line.starts(with: Self.byteOrderMark) { line.removeFirst(Self.byteOrderMark.count) }
                guard line.contains(where: { !Self.blanks.contains($0) }) else { return }
                if let reason = self.fault(in: line, isFirst: isFirst, using: &tape) {
                    throw Failure.badInput("\(Terminal.printable(name)):\(number): \(Terminal.printable(reason))")
                }
                isFirst = false
            })
        if isFirst { throw Failure.badInput("\(Terminal.printable(name)) has no lines: there is nothing to try again") }
    }

    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
    private static let blanks = Array(" \t\r".utf8)

    /// What is wrong with a line, and what to do about it.
    private func fault(in line: [UInt8], isFirst: Bool, using tape: inout JSONTape) -> String? {
        do { try tape.scan(line.span) } catch {
            return "it is no JSON: column \(error.offset + 1): \(error.reason): mend it, or take it from \(original)"
        }
        guard let mark = MarkedLine.mark(in: line, using: &tape) else {
            // Who brings lines of his own may: the first one is what the job is linked by.
            guard isFirst, isEdited else { return nil }
            return "it has no member \"bobbin\", which links the retry to \(job): copy it from a line of \(original)"
        }
        if let other = mark["job"]?.string, other != job.name, JobID(other) != nil {
            return "it is a line of another job, \(other): hand that one's in for themselves, `bobbin retry \(other)`"
        }
        if RetryChain(afterMark: mark) != chain {
            return "its member \"bobbin\" is not as it was written: copy it from a line of \(original)"
        }
        return nil
    }
}
