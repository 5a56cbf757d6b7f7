import BatchCore
import DurableFiles
import Spooling
import Synchronization

/// Where an outcome stands with its response, which stays on disk.
struct StoredOutcome: Sendable {
    /// The shard whose file holds it.
    let shard: Int
    let entry: ShardFile.Entry
}

/// Reads outcomes again from the files of the shards of a job.
final class StoredOutcomes: Sendable {
    /// Lines come in the order of the input, more or less that of the shards: few files are wanted at a time, and a
    /// job may have more of them than a process may open.
    private static let openAtMost = 64

    private let directory: JobDirectory
    private let reading = Mutex(Reading())

    private struct Reading {
        var files: [Int: LineFile] = [:]
        /// Its memory serves line after line.
        var tape = JSONTape()
    }

    init(_ directory: JobDirectory) {
        self.directory = directory
    }

    /// The whole outcome, its response included.
    func outcome(_ stored: StoredOutcome) throws -> Outcome {
        try reading.withLock { reading in
            let file = try file(of: stored.shard, &reading.files)
            return try ShardFile.outcome(stored.entry, in: file, using: &reading.tape)
        }
    }

    private func file(of shard: Int, _ files: inout [Int: LineFile]) throws(FileError) -> LineFile {
        if let file = files[shard] { return file }
        if files.count >= Self.openAtMost { files = [:] }
        let file = try LineFile(directory.shard(shard))
        files[shard] = file
        return file
    }
}

/// Which outcomes of one shard count: of a line that was escalated the second answer, where there is one.
struct CountingAnswers: Sendable {
    let shard: Int
    /// First outcomes, by line.
    let entries: [Int: ShardFile.Entry]
    let second: SecondAnswers

    /// nil: the line has no outcome.
    subscript(line: Int) -> StoredOutcome? {
        guard let first = entries[line] else { return nil }
        return second.answer(to: line).map { StoredOutcome(shard: second.shard, entry: $0) }
            ?? StoredOutcome(shard: shard, entry: first)
    }
}
