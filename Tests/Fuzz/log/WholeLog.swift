import BatchCore
import Ledgers

/// A small log as it should be: what was accepted, and the files that came of it.
struct WholeLog: Sendable {
    let answers: [(key: RequestKey, response: [UInt8])]
    let files: [LogFiles.File]

    init() {
        let place = LogFiles.place("whole")
        LogFiles.lay([], in: place)
        let answers = (0..<12).map { (key: Self.key("\($0)"), response: Self.answer("\($0)")) }
        waited {
            do {
                let log = try FileHashLog(in: place, layout: Self.layout) { Self.now }
                try await log.accept(Array(answers[..<5]))
                try await log.rememberDefects((0..<3).map { Self.key("defect \($0)") })
                try await log.accept(Array(answers[5..<9]))
                try await log.close()
                try await log.accept(Array(answers[9...]))
            } catch {
                preconditionFailure("\(error)")
            }
        }
        self.answers = answers
        files = LogFiles.read(place)
        LogFiles.remove(place)
    }

    static let now = Timestamp(seconds: 1_700_000_000)

    /// So small that twelve keys make segments, a checkpoint and a tail.
    static var layout: KeyLogLayout {
        var layout = KeyLogLayout()
        layout.segmentBytes = 256
        layout.tailRecords = 4
        layout.closingTailRecords = 1
        return layout
    }

    static func key(_ name: String) -> RequestKey { RequestKey(SHA256.digest(of: Array(name.utf8))) }

    static func answer(_ name: String) -> [UInt8] {
        Array(#"{"status_code":200,"request_id":"\#(name)","body":{"choices":[]}}"#.utf8)
    }
}
