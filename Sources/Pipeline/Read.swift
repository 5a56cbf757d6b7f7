package import BatchCore
import DurableFiles
import Glibc
package import Ledgers
package import SystemPackage

/// Steps 4 to 6 as one stream over the bytes of a file: pieces of it are read, validated, hashed and looked up on every
/// core, and put together in their order, where duplicates are found and shards are cut. In memory it holds a few
/// pieces, and what `SeenLines`, `Reading` and `ShardPlan` keep of a line.
package struct InputReader: Sendable {
    /// The longest line that is read; a longer one is refused.
    package static let longestLineBytes = 64 << 20

    private let rules: ReadRules
    private let limits: ShardPlanner.Limits
    private let isRetry: Bool
    private let now: Timestamp
    private let keepsEntries: Bool
    private let scratch: FilePath
    private let chunkBytes: Int
    /// nil: nothing is known from before.
    private let hashLog: (any HashLog)?

    /// - Parameters:
    ///   - isRetry, now: as `Lane.disposition` takes them.
    ///   - keepsEntries: whether the reading holds its good lines; some 150 bytes each.
    ///   - scratch: a directory for a file without a name, of 56 bytes a line.
    ///   - chunkBytes: of a piece.
    package init(
        _ rules: ReadRules, limits: ShardPlanner.Limits, hashLog: (any HashLog)?, isRetry: Bool, now: Timestamp,
        keepsEntries: Bool, scratchIn scratch: FilePath, chunkBytes: Int = 256 << 10
    ) {
        self.rules = rules
        self.limits = limits
        self.hashLog = hashLog
        self.isRetry = isRetry
        self.now = now
        self.keepsEntries = keepsEntries
        self.scratch = scratch
        self.chunkBytes = chunkBytes
    }

    package typealias Worth = @Sendable (BatchRequest, StoredAnswer) async throws -> Money

    /// - Parameters:
    ///   - worth: what a known answer took; asked where the sum of it is wanted.
    ///   - progress: called with the bytes that were read so far and those that there are.
    package func read(
        _ path: FilePath, worth: Worth? = nil, progress: (_ done: Int, _ total: Int) async throws -> Void = { _, _ in }
    ) async throws -> PlannedReading {
        let file = try LineFile(path)
        let size = try file.facts().sizeBytes
        let chunks = (size + chunkBytes - 1) / chunkBytes
        // One more than the cores, so that none waits while the pieces are put together.
        let width = min(chunks, Self.cores + 1)
        var idle = (0..<width).map { _ in ChunkReader(rules) }
        var ready: [Int: ReadChunk] = [:]
        var (started, taken, hasStopped) = (0, 0, false)
        var assembly = Assembly(
            rules, limits: limits, isRetry: isRetry, now: now, keepsEntries: keepsEntries, scratchIn: scratch)
        try await withThrowingTaskGroup(of: (Int, ReadChunk, ChunkReader).self) { group in
            func startNext() {
                // Where one piece takes long the others run ahead a little, and not the whole file into memory.
                while started < min(chunks, taken + 2 * width), let reader = idle.popLast() {
                    let (index, range) = (started, started * chunkBytes..<min(size, (started + 1) * chunkBytes))
                    // A file that is refused whatever follows is counted to its end, in no memory.
                    if hasStopped {
                        group.addTask { (index, try reader.count(file, linesIn: range), reader) }
                    } else {
                        group.addTask { (index, try await read(range, of: file, by: reader, worth), reader) }
                    }
                    started += 1
                }
            }
            startNext()
            while let (index, chunk, reader) = try await group.next() {
                ready[index] = chunk
                idle.append(reader)
                startNext()
                while let next = ready.removeValue(forKey: taken) {
                    taken += 1
                    let done = min(size, taken * chunkBytes)
                    try assembly.take(next, of: file, bytes: done, outOf: size)
                    hasStopped = assembly.hasStopped
                    try await progress(done, size)
                    startNext()
                }
            }
        }
        return assembly.finish()
    }

    private func read(
        _ range: Range<Int>, of file: LineFile, by reader: ChunkReader, _ worth: Worth?
    ) async throws -> ReadChunk {
        var chunk = try reader.read(file, linesIn: range)
        guard let hashLog else { return chunk }
        chunk.recalled = try await hashLog.recall(chunk.entries.map(\.request.key))
        guard let worth else { return chunk }
        for (entry, memory) in zip(chunk.entries, chunk.recalled) {
            if case .accepted(let stored) = memory {
                chunk.savings.append(try await worth(entry.request, stored))
            } else {
                chunk.savings.append(.zero)
            }
        }
        return chunk
    }

    /// As many as the threads that long file work has (`FileExecutor.bulk`), at the most.
    private static let cores = max(1, min(4, sysconf(Int32(_SC_NPROCESSORS_ONLN))))
}
