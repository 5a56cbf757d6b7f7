import BatchCore
import DurableFiles
import Ledgers
import Synchronization

/// What the lines of one piece of a file are, found without knowing what stands before it.
struct ReadChunk: Sendable {
    /// Good lines. Line numbers count from the first line of the chunk, which is 1.
    var entries: [Reading.Entry] = []
    /// Of each entry; empty where nothing tells them apart.
    var strata: [Stratum] = []
    var refused: [Reading.RefusedLine] = []
    /// Blank ones counted.
    var lines = 0
    /// Lines that are not blank, where they are only counted.
    var unlisted = 0
    /// The last line lacks its newline and is no whole JSON.
    var isCut = false
    /// What the hash log knows of each entry; empty where it was not asked.
    var recalled: [Memory?] = []
    /// What the known answer of each entry took; empty where nobody asked.
    var savings: [Money] = []
}

/// Reads chunk after chunk with the same buffers. Several of them read one file at a time.
final class ChunkReader: Sendable {
    private let rules: ReadRules
    private let state: Mutex<State>

    private struct State: ~Copyable {
        var reader: RequestReader
        let lines = LineRange()
        /// Good lines of the last chunk: the next one will have about as many.
        var entries = 0
    }

    init(_ rules: ReadRules) {
        self.rules = rules
        state = Mutex(State(reader: RequestReader(catalogue: rules.catalogue)))
    }

    func read(_ file: LineFile, linesIn range: Range<Int>) throws(FileError) -> ReadChunk {
        try state.withLock { state throws(FileError) in
            var chunk = ReadChunk()
            chunk.entries.reserveCapacity(state.entries + state.entries / 8)
            let lines = state.lines
            try lines.scan(file, range, limitLineBytes: InputReader.longestLineBytes) { offset, length in
                chunk.lines += 1
                let reason = "it has \(length) bytes, more than \(InputReader.longestLineBytes)"
                chunk.refuse(LineRefusal(.lineTooLong, reason), offset, length)
            } line: { offset, bytes, endsWithNewline in
                chunk.lines += 1
                take(bytes, at: offset, endsWithNewline: endsWithNewline, &state.reader, into: &chunk)
            }
            state.entries = chunk.entries.count
            return chunk
        }
    }

    /// Counts the lines that are not blank, and keeps nothing of them.
    func count(_ file: LineFile, linesIn range: Range<Int>) throws(FileError) -> ReadChunk {
        try state.withLock { state throws(FileError) in
            var chunk = ReadChunk()
            try state.lines.scan(file, range, limitLineBytes: InputReader.longestLineBytes) { _, _ in
                chunk.unlisted += 1
            } line: { _, bytes, _ in
                if !bytes.extracting(0..<bytes.lengthWithoutReturn).isBlank { chunk.unlisted += 1 }
            }
            return chunk
        }
    }

    private func take(
        _ bytes: Span<UInt8>, at offset: Int, endsWithNewline: Bool, _ reader: inout RequestReader,
        into chunk: inout ReadChunk
    ) {
        var start = 0
        if offset == 0 && bytes.startsWithByteOrderMark { start = 3 }
        let line = bytes.extracting(start..<max(start, bytes.lengthWithoutReturn))
        if line.isBlank { return }
        do throws(LineRefusal) {
            let request = try reader.read(line)
            try rules.check(request)
            if let strata = rules.strata { chunk.strata.append(reader.stratum(of: line, by: strata)) }
            chunk.entries.append(
                Reading.Entry(line: chunk.lines, offset: offset + start, length: line.count, request: request))
        } catch {
            // A last line without its newline that is no whole JSON: the delivery was cut there.
            if !endsWithNewline && error.code == .invalidJSON { chunk.isCut = true }
            chunk.refuse(error, offset + start, line.count)
        }
    }
}

extension ReadChunk {
    fileprivate mutating func refuse(_ refusal: LineRefusal, _ offset: Int, _ length: Int) {
        refused.append(Reading.RefusedLine(line: lines, offset: offset, length: length, refusal: refusal))
    }
}

extension Span<UInt8> {
    /// Of a line, without the carriage return at its end, if it has one.
    var lengthWithoutReturn: Int { count > 0 && self[count - 1] == UInt8(ascii: "\r") ? count - 1 : count }

    var startsWithByteOrderMark: Bool {
        count >= 3 && self[0] == 0xEF && self[1] == 0xBB && self[2] == 0xBF
    }

    fileprivate var isBlank: Bool {
        for index in indices where self[index] != UInt8(ascii: " ") && self[index] != UInt8(ascii: "\t") {
            return false
        }
        return true
    }
}
