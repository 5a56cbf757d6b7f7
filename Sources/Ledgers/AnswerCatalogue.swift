import BatchCore
import DurableFiles
import SystemPackage

/// `hashlog/segments.jsonl`: what is known of the segments that are not written any more, one sealed line each. It
/// tells a segment that was pruned from one that is gone: `{"v":1,"segment":3,"answers":812,"newest":UNIX SECONDS}` or
/// `{"v":1,"segment":2,"pruned":UNIX SECONDS}`.
struct AnswerCatalogue: Equatable {
    struct Sealed: Equatable, Sendable {
        var answers: Int
        /// Unix seconds of the newest answer; that of the sealing where there is none.
        var newest: Int64
    }

    private(set) var sealed: [UInt32: Sealed] = [:]
    /// Unix seconds of the pruning.
    private(set) var pruned: [UInt32: Int64] = [:]

    private let path: FilePath

    /// - Throws: `.damaged` where a line is not as written: it may have told of a segment that is not missed.
    init(in directory: FilePath) throws(LedgerError) {
        path = directory.appending("segments.jsonl")
        let path = path
        let bytes = try booked { () throws(FileError) in try DurableFile.read(path) } ?? []
        for (number, line) in bytes.split(separator: UInt8(ascii: "\n")).enumerated() where !take(Array(line)) {
            throw .damaged(path: path.string, line: number + 1, reason: "the line is not as written (hashlog repair)")
        }
    }

    /// One that knows nothing, where the file cannot be believed.
    init(emptyIn directory: FilePath) { path = directory.appending("segments.jsonl") }

    var last: UInt32 { max(sealed.keys.max() ?? 0, pruned.keys.max() ?? 0) }

    mutating func seal(_ segment: UInt32, _ facts: Sealed) { sealed[segment] = facts }

    mutating func unseal(_ segment: UInt32) { sealed[segment] = nil }

    mutating func prune(_ segment: UInt32, at time: Int64) {
        sealed[segment] = nil
        pruned[segment] = time
    }

    func write() throws(LedgerError) {
        var bytes: [UInt8] = []
        for segment in Set(sealed.keys).union(pruned.keys).sorted() {
            var writer = JSONWriter()
            writer.object { writer in
                writer.member("v", 1)
                writer.member("segment", Int(segment))
                if let facts = sealed[segment] {
                    writer.member("answers", facts.answers)
                    writer.member("newest", Int(facts.newest))
                } else if let time = pruned[segment] {
                    writer.member("pruned", Int(time))
                }
            }
            bytes += SealedLine.seal(writer.bytes) + [UInt8(ascii: "\n")]
        }
        try booked { () throws(FileError) in try DurableFile.publish(bytes, to: path) }
    }

    private mutating func take(_ line: [UInt8]) -> Bool {
        guard SealedLine.isWhole(line) else { return false }
        let value: JSONValue
        do { value = try JSONValue(parsing: line) } catch { return false }
        guard let segment = value["segment"]?.int.flatMap({ UInt32(exactly: $0) }) else { return false }
        if let time = value["pruned"]?.int {
            pruned[segment] = Int64(time)
        } else if let answers = value["answers"]?.int, let newest = value["newest"]?.int {
            sealed[segment] = Sealed(answers: answers, newest: Int64(newest))
        } else {
            return false
        }
        return true
    }
}
