package import BatchCore
import DurableFiles
package import Ledgers
package import SystemPackage

extension SimilarPrompts {
    /// A pass of its own over a file: looks at the lines that a job would send and pay for.
    /// - Throws: what the file or the hash log says.
    package init(
        in file: FilePath, lane: Lane, catalogue: ModelCatalogue, hashLog: any HashLog, isRetry: Bool, now: Timestamp
    ) async throws {
        self.init()
        let lines = try LineFile(file)
        var group = SimilarGroup(catalogue: catalogue)
        while try group.fill(from: lines) {
            let memories = try await hashLog.recall(group.found.map(\.request.key))
            for (found, memory) in zip(group.found, memories)
            where lane.disposition(of: found.request, memory: memory, isRetry: isRetry, at: now) == .fresh {
                // What is asked anew each time is no duplicate of any other line.
                let request = lane.asksAnew(found.request) ? UInt64(found.offset) : found.request.key.digest.words.0
                add(found.text, kind: found.request.kind, request: request, cost: found.request.worstCase(at: now).usd)
            }
        }
    }
}

/// Some lines of a file at a time, so that its length takes no memory.
private struct SimilarGroup: ~Copyable {
    private(set) var found: [(offset: Int, request: BatchRequest, text: [UInt8])] = []
    private var reader: RequestReader
    private var nextOffset = 0

    private static let linesAtOnce = 256

    init(catalogue: ModelCatalogue) {
        reader = RequestReader(catalogue: catalogue)
    }

    /// Reads on where the last group ended.
    /// - Returns: false once the file is at its end.
    mutating func fill(from file: LineFile) throws(FileError) -> Bool {
        found.removeAll(keepingCapacity: true)
        var lines = 0
        try file.scan(from: nextOffset, limitLineBytes: InputReader.longestLineBytes) { offset, length in
            nextOffset = offset + length + 1
            lines += 1
            return true
        } line: { offset, bytes, _ in
            nextOffset = offset + bytes.count + 1
            lines += 1
            take(bytes, at: offset)
            return lines < Self.linesAtOnce
        }
        return lines > 0
    }

    private mutating func take(_ bytes: Span<UInt8>, at offset: Int) {
        let start = offset == 0 && bytes.startsWithByteOrderMark ? 3 : 0
        let line = bytes.extracting(start..<max(start, bytes.lengthWithoutReturn))
        do throws(LineRefusal) {
            let (request, text) = try reader.readWithText(line)
            found.append((offset, request, text))
        } catch {
            // A line that is refused is not sent: `plan` says of it what there is to say.
            return
        }
    }
}
