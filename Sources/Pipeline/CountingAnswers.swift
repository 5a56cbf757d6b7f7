import BatchCore
import DurableFiles
import Spooling

/// The outcomes of a shard with their responses, which stay on disk: of a line that was escalated the second answer
/// counts, where there is one.
struct CountingAnswers: Sendable {
    private let entries: [Int: ShardFile.Entry]
    private let second: SecondAnswers
    private let file: LineFile
    private let secondFile: LineFile?

    init(
        _ run: JobRun, _ shard: Int, _ entries: [Int: ShardFile.Entry], _ second: SecondAnswers
    ) throws(FileError) {
        self.entries = entries
        self.second = second
        file = try LineFile(run.directory.shard(shard))
        secondFile = second.entries.isEmpty ? nil : try LineFile(run.directory.shard(second.shard))
    }

    /// nil: the line has no outcome.
    func outcome(of line: Int) throws -> Outcome? {
        if let secondFile, let answer = second.answer(to: line) { return try ShardFile.outcome(answer, in: secondFile) }
        return try entries[line].map { try ShardFile.outcome($0, in: file) }
    }
}
