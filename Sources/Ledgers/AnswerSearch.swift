import BatchCore
import DurableFiles

/// Finds the lines of a segment that belong to a selection. Each line is searched for the text of the selection first;
/// what holds it, and cannot be read, counts as a hit: what is to be forgotten must not stay for being damaged.
struct AnswerSearch: Sendable {
    struct Hits: Sendable {
        /// Of the plain form, in order, without newlines.
        var lines: [Range<Int>] = []
        /// Of those that can be read.
        var keys: [RequestKey] = []
    }

    private let selection: AnswerSelection
    private let needle: [UInt8]

    init(_ selection: AnswerSelection) {
        self.selection = selection
        switch selection {
        case .keys: needle = []
        case .job(let job):
            var writer = JSONWriter()
            writer.object { $0.member("job", job) }
            needle = Array(writer.bytes.dropFirst().dropLast())
        case .uid(let uid): needle = Array("\"uid\":\(uid),".utf8)
        }
    }

    func hits(in segment: AnswerSegment) throws(LedgerError) -> Hits {
        var hits = Hits()
        guard let reader = try SegmentReader(segment) else { return hits }
        var lines = AnswerLineReader()
        try reader.forEachLine { offset, line, _ throws(LedgerError) in
            guard !AnswerLine.isBlank(line), mayBeMeant(line) else { return }
            if let answer = lines.read(line) {
                guard isMeant(answer.key, lines.origin(in: line)) else { return }
                hits.keys.append(answer.key)
            }
            hits.lines.append(offset..<offset + line.count)
        }
        return hits
    }

    private func mayBeMeant(_ line: Span<UInt8>) -> Bool {
        guard case .keys(let keys) = selection else { return line.contains(needle) }
        if let key = AnswerLine.key(of: line), SealedLine.isWhole(line) { return keys.contains(key) }
        return keys.contains { line.contains(Array($0.hex.utf8)) }
    }

    private func isMeant(_ key: RequestKey, _ origin: (job: String?, uid: Int?)) -> Bool {
        switch selection {
        case .keys(let keys): keys.contains(key)
        case .job(let job): origin.job == job
        case .uid(let uid): origin.uid == Int(uid)
        }
    }
}
